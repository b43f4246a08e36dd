using System.Net;

namespace CrmImport.Tests.Features.Contacts.UpsertContact;

/// <summary>Trials: <c>?dryRun=true</c> on the routes that write whole contacts.</summary>
public sealed class DryRunTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [TestCase("POST", "/rest/contact/contact")]
    [TestCase("POST", "/api/v1/contacts")]
    [TestCase("PUT", "/api/v1/clients/{0}/contacts/C1")]
    public async Task A_trial_tells_what_a_creation_would_do_and_stores_nothing(string method, string route)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var before = await StateAsync(clientRef);

        var answer = await owner.SendJsonAsync(new HttpMethod(method), string.Format(System.Globalization.CultureInfo.InvariantCulture, route, clientRef) + "?dryRun=true", Sample.Contact(clientRef, "C1", "L1"), ("Idempotency-Key", clientRef));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.ShouldBe(HttpStatusCode.OK).Text("outcome"), Is.EqualTo("created"));
            Assert.That(answer.Header("X-Outcome"), Is.EqualTo("created"));
            Assert.That(answer.Json["changes"]!["surname"]!.ToJsonString(), Is.EqualTo("""[null,"Test"]"""));
            Assert.That(answer.Data["surname"]!.GetValue<string>(), Is.EqualTo("Test"));
            Assert.That(await StateAsync(clientRef), Is.EqualTo(before));
            (await owner.ReadAsync(clientRef, "C1")).ShouldFail(404, "contact_not_found");
        }
    }

    [Test]
    public async Task A_trial_of_a_change_names_each_field_before_and_after_with_the_locations_usage_type()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1"))).ShouldBe(HttpStatusCode.OK);
        var before = await StateAsync(clientRef);
        var changed = Sample.Contact(clientRef, "C1", "L1", isPreferred: false).With("surname", "Other").With("notes", "N");
        changed["locations"]![0]!["usageTypeId"] = 1;

        var answer = (await owner.PostAsync("/rest/contact/contact?dryRun=true", changed)).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Text("outcome"), Is.EqualTo("updated"));
            Assert.That(answer.Json["changes"]!.ToJsonString(), Is.EqualTo(
                """{"surname":["Test","Other"],"notes":[null,"N"],"locations[L1].isPreferred":[true,false],"locations[L1].usageTypeId":[2,1]}"""));
            Assert.That(answer.Data["version"]!.GetValue<int>(), Is.EqualTo(2));
            Assert.That(answer.Header("ETag"), Is.Empty, "no version that another write may get");
            Assert.That(answer.Data["locations"]![0]!["usageTypeId"]!.GetValue<int>(), Is.EqualTo(1));
            Assert.That(await StateAsync(clientRef), Is.EqualTo(before));
        }

        Assert.That((await owner.PostAsync("/rest/contact/contact?dryRun=true", Sample.Contact(clientRef, "C1", "L1"))).Text("outcome"), Is.EqualTo("unchanged"));
        (await owner.UpsertAsync(changed)).ShouldBe(HttpStatusCode.OK);
        Assert.That((await owner.ReadAsync(clientRef, "C1")).Data["locations"]!.ToJsonString(), Is.EqualTo(answer.Data["locations"]!.ToJsonString()));
    }

    [Test]
    public async Task A_trial_is_refused_for_the_reasons_of_the_real_thing()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        (await owner.PostAsync("/rest/contact/contact?dryRun=true", Sample.Contact(clientRef, "C1", "nowhere"))).ShouldFail(400, "unknown_location");
        (await owner.PostAsync("/rest/contact/contact?dryRun=true", Sample.Contact(clientRef, "C1"), ("If-Match", "*"))).ShouldFail(412, "precondition_failed");
        (await owner.PostAsync("/rest/contact/contact?dryRun=perhaps", Sample.Contact(clientRef, "C1"))).ShouldFail(400, "invalid_parameter");
        (await owner.PostAsync("/rest/contact/contact?dry_run=true", Sample.Contact(clientRef, "C1"))).ShouldFail(400, "invalid_parameter");
        var reader = (await TestSession.OpenAsync(Database, 1, "contact:edit")).Client;
        (await reader.PostAsync("/rest/contact/contact?dryRun=true", Sample.Contact(clientRef, "C1"))).ShouldFail(403, "forbidden");
    }

    // Row versions change with any write and any lock; the kept answers are counted under the client's name.
    private static Task<string> StateAsync(string clientRef) => Database.QueryAsync<string>(
        """
        select concat_ws(' ',
            (select string_agg(concat_ws(' ', xmin, xmax, version, usage_type_id), ',') from location where client_ref = @ClientRef),
            (select string_agg(concat_ws(' ', xmin, xmax, version), ',') from contact where client_ref = @ClientRef),
            (select count(*) from contact_location where client_ref = @ClientRef),
            (select count(*) from audit_entry where client_ref = @ClientRef and status < 400),
            (select count(*) from idempotency_record where key = @ClientRef))
        """,
        new { ClientRef = clientRef });
}
