using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Locations.EditLocation;

/// <summary>PUT and PATCH /api/v1/clients/{clientRef}/locations/{locationRef}.</summary>
public sealed class EditLocationTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_post_creates_the_location_once()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var path = $"/api/v1/clients/{clientRef}/locations";

        var created = (await owner.PostAsync(path, new JsonObject { ["locationRef"] = "L1", ["name"] = "House" })).ShouldBe(HttpStatusCode.Created);

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{created.Header("Location")} {created.Data["clientRef"]}", Is.EqualTo($"{path}/L1 {clientRef}"));
            (await owner.PostAsync(path, created.Data)).ShouldFail(409, "location_exists");
            (await owner.PostAsync(path, new JsonObject { ["locationRef"] = "L2", ["clientRef"] = "another" })).ShouldFail(400, "field_read_only");
            (await owner.PostAsync(path, new JsonObject { ["name"] = "House" })).ShouldFail(400, "field_missing");
            (await owner.PostAsync("/api/v1/clients/nobody/locations", new JsonObject { ["locationRef"] = "L1" })).ShouldFail(400, "unknown_client");
            (await (await ServiceUnderTest.B.OwnerAsync()).PostAsync(path, new JsonObject { ["locationRef"] = "L2" })).ShouldFail(400, "unknown_client");
            (await (await TestSession.OpenAsync(Database, 1, "location:read", "location:edit")).Client.PostAsync(path, new JsonObject { ["locationRef"] = "L2" })).ShouldFail(403, "forbidden");
        }
    }

    [Test]
    public async Task A_location_is_created_replaced_and_left_alone()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var path = $"/api/v1/clients/{clientRef}/locations/L1";

        var created = (await owner.PutAsync(path, new JsonObject { ["name"] = "House", ["address1"] = "A", ["usageTypeId"] = "2" })).ShouldBe(HttpStatusCode.Created);
        var replaced = (await owner.PutAsync(path, new JsonObject { ["name"] = "House", ["usageTypeId"] = 1 }, ("If-Match", "\"1\""))).ShouldBe(HttpStatusCode.OK);
        var unchanged = (await owner.PutAsync(path, replaced.Data)).ShouldBe(HttpStatusCode.OK);

        var entries = await owner.AuditAsync(clientRef, locationRef: "L1");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(created.Data.Select(member => member.Key), Is.EqualTo(new[]
            {
                "clientRef", "locationRef", "name", "address1", "address2", "address3", "address4", "postCode", "usageTypeId", "preferredContactRef",
                "version", "createdAt", "createdBy", "updatedAt", "updatedBy",
            }));
            Assert.That((created.Header("X-Outcome"), created.Header("Location"), created.Header("ETag")), Is.EqualTo(("created", path, "\"1\"")));
            Assert.That(created.Data["usageTypeId"]!.GetValue<int>(), Is.EqualTo(2));
            Assert.That(replaced.Data["address1"], Is.Null);
            Assert.That((unchanged.Header("X-Outcome"), unchanged.Header("ETag"), unchanged.Body), Is.EqualTo(("unchanged", "\"2\"", replaced.Body)));
            Assert.That((await owner.GetAsync(path)).Data.ToJsonString(), Is.EqualTo(replaced.Data.ToJsonString()));
            Assert.That(entries.Select(entry => $"{entry!["recordType"]} {entry["outcome"]} {entry["status"]} {entry["changes"]!.ToJsonString()}"), Is.EqualTo(new[]
            {
                """location updated 200 {"address1":["A",null],"usageTypeId":[2,1]}""",
                """location created 201 {"name":[null,"House"],"address1":[null,"A"],"usageTypeId":[null,2]}""",
            }));
        }
    }

    [Test]
    public async Task A_location_is_patched_either_way_and_its_preferred_contact_is_read_only()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var path = $"/api/v1/clients/{clientRef}/locations/L1";
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1"))).ShouldBe(HttpStatusCode.OK);

        var patched = (await owner.PatchAsync(path, """[{"op":"test","path":"/preferredContactRef","value":"C1"},{"op":"replace","path":"/usageTypeId","value":1}]""")).ShouldBe(HttpStatusCode.OK);
        Assert.That((patched.Data["preferredContactRef"]!.GetValue<string>(), patched.Data["usageTypeId"]!.GetValue<int>()), Is.EqualTo(("C1", 1)));
        var cleared = (await owner.PatchAsync(path, """{"usageTypeId":null,"name":"N"}""")).ShouldBe(HttpStatusCode.OK);
        Assert.That((cleared.Data["usageTypeId"], cleared.Data["name"]!.GetValue<string>()), Is.EqualTo(((JsonNode?)null, "N")));
        (await owner.PatchAsync(path, """{"preferredContactRef":null}""")).ShouldFail(400, "field_read_only");
        (await owner.PatchAsync(path, """{"preferredContactRef":"C2","locationRef":"L2"}""")).ShouldFail(400, "field_read_only");
        (await owner.PatchAsync(path, """[{"op":"test","path":"/preferredContactRef","value":"C2"}]""")).ShouldFail(409, "patch_test_failed");
        Assert.That((await owner.PutAsync(path, new JsonObject { ["name"] = "M", ["preferredContactRef"] = 7 })).ShouldBe(HttpStatusCode.OK).Data["preferredContactRef"]!.GetValue<string>(), Is.EqualTo("C1"));
    }

    [Test]
    public async Task Unknown_references_are_told()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var path = $"/api/v1/clients/{clientRef}/locations/L1";

        var usage = (await owner.PatchAsync(path, """{"usageTypeId":99}""")).ShouldFail(400, "unknown_usage_type");
        Assert.That((usage.Problems.Single(), usage.Text("result_msg")), Is.EqualTo(("usageTypeId unknown_usage_type", "usageTypeId 99 is not in the list usagetype")));
        (await owner.PutAsync(path, new JsonObject { ["usageTypeId"] = 1.5 })).ShouldFail(400, "field_not_integer");
        (await owner.PutAsync("/api/v1/clients/nobody-has-this/locations/L1", new JsonObject())).ShouldFail(400, "unknown_client");
        (await owner.PatchAsync("/api/v1/clients/nobody-has-this/locations/L1", "{}")).ShouldFail(404, "location_not_found");
        (await owner.PatchAsync($"{path}x", "{}")).ShouldFail(404, "location_not_found");
    }

    [Test]
    public async Task A_usage_type_that_is_no_longer_offered_stays_where_it_is()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var path = $"/api/v1/clients/{await database.AddClientAsync("L1", "L2")}/locations/L";
        await database.ExecuteAsync("update list_item set active = false where list = 'usagetype' and id = 2");

        (await owner.PatchAsync($"{path}1", """{"name":"N"}""")).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{path}1", new JsonObject { ["usageTypeId"] = 2 })).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{path}1", new JsonObject { ["usageTypeId"] = 1 })).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{path}1", new JsonObject { ["usageTypeId"] = 2 })).ShouldFail(400, "unknown_usage_type");
    }

    [TestCase("a/b")]
    [TestCase("%2F")]
    [TestCase("ü 😀")]
    public async Task A_ref_of_any_characters_is_kept_as_it_is(string locationRef)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = $"{locationRef} {Guid.NewGuid():N}";
        var client = (await owner.PutAsync($"/api/v1/clients/{Uri.EscapeDataString(clientRef)}", new JsonObject())).Header("Location");

        var created = (await owner.PutAsync($"{client}/locations/{Uri.EscapeDataString(locationRef)}", new JsonObject { ["locationRef"] = locationRef })).ShouldBe(HttpStatusCode.Created);

        Assert.That((created.Data["clientRef"]!.GetValue<string>(), created.Data["locationRef"]!.GetValue<string>()), Is.EqualTo((clientRef, locationRef)));
        Assert.That((await owner.GetAsync(created.Header("Location"))).ShouldBe(HttpStatusCode.OK).Data["locationRef"]!.GetValue<string>(), Is.EqualTo(locationRef));
    }

    [Test]
    public async Task Contacts_and_editors_of_a_location_at_once_neither_deadlock_nor_lose_a_change()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var path = $"/api/v1/clients/{clientRef}/locations/L1";

        await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            var contact = Sample.Contact(clientRef, $"C{i % 3}", "L1");
            contact["locations"]![0]!["usageTypeId"] = 1 + (i % 2);
            (await (i % 2 == 0 ? owner.UpsertAsync(contact) : owner.PatchAsync(path, $$"""{"name":"N{{i}}"}"""))).ShouldBe(HttpStatusCode.OK);
        }));

        var entries = await owner.AuditAsync(clientRef, locationRef: "L1");
        var version = (await owner.GetAsync(path)).Data["version"]!.GetValue<int>();
        var names = entries.Select(entry => entry!["changes"]!["name"]).OfType<JsonNode>().Reverse().Select(name => (Before: name[0]?.ToString(), After: name[1]?.ToString())).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(entries, Has.Count.EqualTo(version - 1));
            Assert.That(names, Has.Length.EqualTo(20));
            Assert.That(names.Select(name => name.Before), Is.EqualTo(names.Select(name => name.After).Prepend(null).SkipLast(1)));
        }
    }

    [Test]
    public async Task Who_may_only_add_or_only_edit_does_no_more()
    {
        var adder = (await TestSession.OpenAsync(Database, 1, "location:add")).Client;
        var editor = (await TestSession.OpenAsync(Database, 1, "location:edit")).Client;
        var other = (await TestSession.OpenAsync(Database, 1, "location:read", "client:add", "client:edit", "contact:add", "contact:edit")).Client;
        var clientRef = await Database.AddClientAsync();
        var path = $"/api/v1/clients/{clientRef}/locations/L1";
        var body = new JsonObject { ["clientRef"] = clientRef, ["locationRef"] = "L1", ["name"] = "N" };

        (await editor.PutAsync(path, new JsonObject())).ShouldFail(403, "forbidden");
        (await other.PutAsync(path, new JsonObject())).ShouldFail(403, "forbidden");
        (await other.PostAsync("/rest/contact/location", body)).ShouldFail(403, "forbidden");
        (await editor.PostAsync("/rest/contact/location", body)).ShouldFail(403, "forbidden");
        (await adder.PutAsync(path, new JsonObject())).ShouldBe(HttpStatusCode.Created);
        (await adder.PostAsync("/rest/contact/location", body)).ShouldFail(403, "forbidden");
        (await adder.PatchAsync(path, """{"name":"N"}""")).ShouldFail(403, "forbidden");
        (await editor.PostAsync("/rest/contact/location", body)).ShouldBe(HttpStatusCode.OK);
    }
}
