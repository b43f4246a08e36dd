using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Contacts.UpsertContact;

/// <summary>The associations of a contact with its client's locations.</summary>
public sealed class UpsertContactLocationTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [TestCase("isPreferred", "Y", "true")]
    [TestCase("isPreferred", "No", "false")]
    [TestCase("isPreferred", "yes", "true")]
    [TestCase("startDate", "1/4/2024", "2024-04-01")]
    [TestCase("startDate", "2024-04-01T00:00:00", "2024-04-01")]
    [TestCase("startDate", "2024-04-01T00:00:00.000+02:00", "2024-04-01")]
    [TestCase("startDate", "2024-04-01T00:00Z", "2024-04-01")]
    [TestCase("startDate", "2024-04-01T10:00:00", null)]
    [TestCase("startDate", "4/13/2024", null)]
    [TestCase("startDate", "20240401", null)]
    [TestCase("isPreferred", "maybe", null)]
    public async Task Values_are_read_as_spreadsheets_write_them(string field, string sent, string? stored)
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var clientRef = await ServiceUnderTest.A.AddClientAsync("L1");
        var contact = Sample.Contact(clientRef, "C1", "L1");
        contact["locations"]![0]![field] = sent;

        var answer = await owner.UpsertAsync(contact);

        if (stored is null)
        {
            Assert.That(answer.ShouldFail(400, field == "startDate" ? "field_not_date" : "field_not_boolean").Problems, Has.Length.EqualTo(1));
            return;
        }

        answer.ShouldBe(HttpStatusCode.OK);
        Assert.That($"{(await owner.ReadAsync(clientRef, "C1")).Data["locations"]![0]![field]}", Is.EqualTo(stored));
    }

    [Test]
    public async Task A_null_that_leaves_another_record_s_value_alone_is_said_as_an_INFO()
    {
        var (owner, clientRef) = (await ServiceUnderTest.A.OwnerAsync(), await ServiceUnderTest.A.AddClientAsync("L1")); // of usage type 2
        var contact = Sample.Contact(clientRef, "C1", "L1");
        contact["locations"]![0]!["usageTypeId"] = null;

        var native = (await owner.PostAsync("/api/v1/contacts", contact)).ShouldBe(HttpStatusCode.Created);
        var upserted = (await owner.UpsertAsync(contact, ("Prefer", "return=representation"))).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            foreach (var answer in new[] { native, upserted })
            {
                Assert.That(answer.Json["problems"]!.AsArray().Select(problem => $"{problem!["level"]} {problem["field"]} {problem["code"]}"), Is.EqualTo(new[] { "INFO locations[0].usageTypeId null_ignored" }));
                Assert.That(answer.Header("X-Warnings"), Is.Empty);
                Assert.That((int)answer.Data["locations"]![0]!["usageTypeId"]!, Is.EqualTo(2));
            }
        }
    }

    [Test]
    public async Task A_file_in_which_two_contacts_claim_a_location_changes_nothing_the_second_time()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");

        var first = await SendFileAsync();
        var second = await SendFileAsync();
        var third = await SendFileAsync();
        (await owner.UpsertAsync(Sample.Contact(clientRef, "A", "L1").With("surname", "Other"))).ShouldBe(HttpStatusCode.OK);
        var whole = (await owner.ReadAsync(clientRef, "A")).Data;
        var put = (await owner.PutAsync($"/api/v1/clients/{clientRef}/contacts/A", whole.DeepClone())).ShouldBe(HttpStatusCode.OK);
        var fourth = await SendFileAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Is.EqualTo(new[] { "created ", "created 1 preferred_taken locations%5B0%5D.isPreferred" }));
            Assert.That(second, Is.EqualTo(new[] { "unchanged 1 preferred_kept locations%5B0%5D.isPreferred", "unchanged " }));
            Assert.That(third, Is.EqualTo(second));
            Assert.That(put.Header("X-Outcome"), Is.EqualTo("unchanged"));
            Assert.That(fourth, Is.EqualTo(new[] { "updated 1 preferred_kept locations%5B0%5D.isPreferred", "unchanged " }), "the surname only");
            Assert.That(await PreferredAsync(), Is.EqualTo("B"));
        }

        async Task<string[]> SendFileAsync()
        {
            var lines = new List<string>();
            foreach (var contactRef in new[] { "A", "B" })
            {
                var answer = (await owner.UpsertAsync(Sample.Contact(clientRef, contactRef, "L1").With("contact1", "01392"))).ShouldBe(HttpStatusCode.OK);
                lines.Add($"{answer.Header("X-Outcome")} {answer.Header("X-Warnings")}");
            }

            return [.. lines];
        }

        async Task<string> PreferredAsync() => $"{(await owner.GetAsync($"/api/v1/clients/{clientRef}/locations/L1")).Data["preferredContactRef"]}";
    }

    [TestCase("upsert")]
    [TestCase("patch")]
    [TestCase("put")]
    public async Task A_lost_location_is_taken_back_by_giving_it_up_first_or_by_a_native_route(string way)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "A", "L1"))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "B", "L1"))).ShouldBe(HttpStatusCode.OK);
        var path = $"/api/v1/clients/{clientRef}/contacts/A";

        switch (way)
        {
            case "upsert":
                Assert.That((await owner.UpsertAsync(Sample.Contact(clientRef, "A", "L1", isPreferred: false))).Header("X-Outcome"), Is.EqualTo("updated"));
                Assert.That((await owner.UpsertAsync(Sample.Contact(clientRef, "A", "L1", isPreferred: false))).Header("X-Outcome"), Is.EqualTo("unchanged"));
                (await owner.UpsertAsync(Sample.Contact(clientRef, "A", "L1"))).ShouldBe(HttpStatusCode.OK);
                break;
            case "patch":
                (await owner.PatchAsync(path, """[{"op":"replace","path":"/locations/0/isPreferred","value":true}]""")).ShouldBe(HttpStatusCode.OK);
                break;
            default:
                (await owner.PutAsync(path, Sample.Contact(clientRef, "A", "L1"))).ShouldBe(HttpStatusCode.OK);
                break;
        }

        Assert.That($"{(await owner.GetAsync($"/api/v1/clients/{clientRef}/locations/L1")).Data["preferredContactRef"]}", Is.EqualTo("A"));
    }

    [Test]
    public async Task A_new_preferred_contact_takes_the_flag_from_the_former_one_and_both_are_audited()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "first", "L1"))).ShouldBe(HttpStatusCode.OK);

        (await owner.UpsertAsync(Sample.Contact(clientRef, "second", "L1"))).ShouldBe(HttpStatusCode.OK);

        var first = (await owner.ReadAsync(clientRef, "first")).Data;
        var second = (await owner.ReadAsync(clientRef, "second")).Data;
        var entries = await owner.AuditAsync(clientRef, "first");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first["locations"]![0]!["isPreferred"]!.GetValue<bool>(), Is.False);
            Assert.That(first["version"]!.GetValue<int>(), Is.EqualTo(2));
            Assert.That(second["locations"]![0]!["isPreferred"]!.GetValue<bool>(), Is.True);
            Assert.That(second["version"]!.GetValue<int>(), Is.EqualTo(1));
            Assert.That(entries, Has.Count.EqualTo(2));
            Assert.That(entries[0]!["changes"]!.ToJsonString(), Is.EqualTo("""{"locations[L1].isPreferred":[true,false]}"""));
        }
    }

    [Test]
    public async Task Listed_locations_are_added_or_updated_and_others_stay()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1", "L2");
        var contact = Sample.Contact(clientRef, "C1", "L1");
        contact["locations"]![0]!["startDate"] = "01/02/2020";
        contact["locations"]![0]!["endDate"] = "2020-03-01";
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);

        contact["locations"] = new JsonArray(
            new JsonObject { ["location Ref"] = "L2", ["isPreferred"] = "0" },
            new JsonObject { ["locationRef"] = "L1", ["isPreferred"] = "FALSE", ["endDate"] = null });
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(contact.Without("locations"))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(contact.With("locations", null))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(contact.With("locations", new JsonArray()))).ShouldBe(HttpStatusCode.OK);

        Assert.That((await owner.ReadAsync(clientRef, "C1")).Data["locations"]!.ToJsonString(), Is.EqualTo(
            """[{"locationRef":"L1","isPreferred":false,"startDate":"2020-02-01","endDate":null,"usageTypeId":2},{"locationRef":"L2","isPreferred":false,"startDate":null,"endDate":null,"usageTypeId":2}]"""));
    }

    [Test]
    public async Task Replace_makes_the_list_the_whole_set()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1", "L2");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1"))).ShouldBe(HttpStatusCode.OK);

        var replaced = await owner.PostAsync("/rest/contact/contact?locations=replace", Sample.Contact(clientRef, "C1", "L2"));
        var untouched = await owner.PostAsync("/rest/contact/contact?locations=replace", Sample.Contact(clientRef, "C1"));
        var refused = await owner.PostAsync("/rest/contact/contact?locations=other", Sample.Contact(clientRef, "C1", "L1"));

        var read = (await owner.ReadAsync(clientRef, "C1")).Data;
        var entries = await owner.AuditAsync(clientRef, "C1");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(replaced.ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("updated"));
            Assert.That(untouched.ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("unchanged"));
            refused.ShouldFail(400, "invalid_parameter");
            Assert.That(read["locations"]!.AsArray().Select(location => location!["locationRef"]!.GetValue<string>()), Is.EqualTo(new[] { "L2" }));
            Assert.That(entries[0]!["changes"]!.ToJsonString(), Is.EqualTo("""{"locations[L2].isPreferred":[null,true],"locations[L1].isPreferred":[true,null]}"""));
        }
    }

    [Test]
    public async Task A_location_named_twice_is_refused()
    {
        var owner = await Database.OwnerAsync();
        var contact = Sample.Contact(await Database.AddClientAsync("L1"), "C1", "L1");
        contact["locations"]!.AsArray().Add(new JsonObject { ["locationRef"] = " L1", ["isPreferred"] = false });
        var answer = (await owner.UpsertAsync(contact)).ShouldFail(400, "duplicate_location");
        Assert.That(answer.Problems, Is.EqualTo(new[] { "locations[1].locationRef duplicate_location" }));
    }

    [Test]
    public async Task An_end_before_the_start_is_refused_also_when_the_start_is_the_stored_one()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var contact = Sample.Contact(clientRef, "C1", "L1");
        var location = contact["locations"]![0]!.AsObject();
        (await owner.UpsertAsync(contact.With("locations", new JsonArray(location.DeepClone().AsObject().With("startDate", "02/01/2020").With("endDate", "01/01/2020"))))).ShouldFail(400, "end_before_start");
        (await owner.UpsertAsync(contact.With("locations", new JsonArray(location.DeepClone().AsObject().With("startDate", "02/01/2020"))))).ShouldBe(HttpStatusCode.OK);

        var answer = (await owner.UpsertAsync(contact.With("locations", new JsonArray(location.DeepClone().AsObject().With("endDate", "01/01/2020"))))).ShouldFail(400, "end_before_start");

        Assert.That(answer.Problems, Is.EqualTo(new[] { "locations[0].endDate end_before_start" }));
    }

    [Test]
    public async Task A_usage_type_changes_the_location_and_not_the_contact()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var contact = Sample.Contact(clientRef, "C1", "L1");
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);

        contact["locations"]![0]!["usageTypeId"] = "1";
        var answer = (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);

        var usage = (await owner.AuditAsync(clientRef, locationRef: "L1")).Single()!;
        var location = (await owner.GetAsync($"/api/v1/clients/{clientRef}")).Data["locations"]![0]!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Header("X-Outcome"), Is.EqualTo("updated"));
            Assert.That(answer.Header("ETag"), Is.EqualTo("\"1\""));
            Assert.That(usage["changes"]!.ToJsonString(), Is.EqualTo("""{"usageTypeId":[2,1]}"""));
            Assert.That(location["usageTypeId"]!.GetValue<int>(), Is.EqualTo(1));
            Assert.That(location["version"]!.GetValue<int>(), Is.EqualTo(2));
            Assert.That(await owner.AuditAsync(clientRef, "C1"), Has.Count.EqualTo(1));
        }
    }

    [Test]
    public async Task More_locations_than_allowed_are_refused()
    {
        var owner = await Database.OwnerAsync();
        var contact = Sample.Contact(await Database.AddClientAsync("L1"), "C1");
        contact["locations"] = new JsonArray([.. Enumerable.Range(0, 1001).Select(i => new JsonObject { ["locationRef"] = $"L{i}", ["isPreferred"] = false })]);
        (await owner.UpsertAsync(contact)).ShouldFail(400, "too_many_items");
    }
}
