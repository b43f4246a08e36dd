using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Tests.Running;

namespace CrmImport.Tests.Features.Clients.EditClient;

/// <summary>Edits that depend on the stored version or time, and trials.</summary>
public sealed class EditClientConditionsTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task An_edit_for_a_stale_version_is_refused_and_changes_nothing()
    {
        var owner = await Database.OwnerAsync();
        var path = $"/api/v1/clients/{await Database.AddClientAsync()}";
        (await owner.PatchAsync(path, """{"name":"Second"}""", ("If-Match", "\"1\""))).ShouldBe(HttpStatusCode.OK);

        (await owner.PatchAsync(path, """{"name":"Third"}""", ("If-Match", "\"1\""))).ShouldFail(412, "precondition_failed");
        (await owner.PutAsync(path, new JsonObject { ["name"] = "Third" }, ("If-Match", "\"1\""))).ShouldFail(412, "precondition_failed");
        (await owner.PutAsync(path, new JsonObject { ["name"] = "Third" }, ("If-None-Match", "*"))).ShouldFail(412, "precondition_failed");
        (await owner.PutAsync("/api/v1/clients/nobody-has-this", new JsonObject(), ("If-Match", "*"))).ShouldFail(412, "precondition_failed");
        (await owner.PutAsync(path, new JsonObject(), ("If-Match", "1"))).ShouldFail(400, "invalid_parameter");

        Assert.That((await owner.GetAsync(path)).Data["name"]!.GetValue<string>(), Is.EqualTo("Second"));
        (await owner.PutAsync($"{path}x", new JsonObject(), ("If-None-Match", "*"))).ShouldBe(HttpStatusCode.Created);
    }

    [Test]
    public async Task Of_two_editors_with_one_version_exactly_one_wins()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        for (var version = 1; version <= 30; version++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(editor =>
                owner.PatchAsync($"/api/v1/clients/{clientRef}", $$"""{"name":"{{version}} {{editor}}"}""", ("If-Match", $"\"{version}\""))));
            Assert.That(answers.Select(answer => (int)answer.Status).Order(), Is.EqualTo(new[] { 200, 412 }));
        }

        Assert.That(await owner.AuditAsync(clientRef), Has.Count.EqualTo(30));
    }

    [Test]
    public async Task Editors_without_a_version_never_lose_a_change_between_them_and_the_before_images_form_a_chain()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async editor =>
            (await owner.PatchAsync($"/api/v1/clients/{clientRef}", $$"""{"name":"N{{editor}}","address{{1 + (editor % 4)}}":"A{{editor}}"}""")).ShouldBe(HttpStatusCode.OK)));

        var names = (await owner.AuditAsync(clientRef)).Select(entry => entry!["changes"]!["name"]!).Reverse().Select(name => (Before: $"{name[0]}", After: $"{name[1]}")).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(names, Has.Length.EqualTo(20));
            Assert.That(names.Select(name => name.Before), Is.EqualTo(names.Select(name => name.After).Prepend("Test").SkipLast(1)));
            Assert.That((await owner.GetAsync($"/api/v1/clients/{clientRef}")).Data["version"]!.GetValue<int>(), Is.EqualTo(21));
        }
    }

    [Test]
    public async Task A_date_counts_in_whole_seconds_unless_there_is_a_version_and_a_bad_one_counts_for_nothing()
    {
        var owner = await Database.OwnerAsync();
        var path = $"/api/v1/clients/{await Database.AddClientAsync()}";
        var updatedAt = (await owner.PatchAsync(path, """{"name":"N"}""")).Data["updatedAt"]!.GetValue<DateTime>();

        (await owner.PatchAsync(path, """{"name":"M"}""", Unmodified(updatedAt.AddSeconds(-1)))).ShouldFail(412, "precondition_failed");
        (await owner.PatchAsync(path, """{"name":"N"}""", Unmodified(updatedAt))).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync(path, """{"name":"N"}""", Unmodified(updatedAt.AddDays(1)))).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync(path, """{"name":"N"}""", Unmodified(updatedAt.AddDays(-1)), ("If-Match", "*"))).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync(path, """{"name":"N"}""", ("If-Unmodified-Since", "yesterday"))).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{path}x", new JsonObject(), Unmodified(updatedAt.AddDays(-1)))).ShouldBe(HttpStatusCode.Created);

        static (string, string) Unmodified(DateTime since) => ("If-Unmodified-Since", since.ToString("r", CultureInfo.InvariantCulture));
    }

    [Test]
    public async Task Where_the_database_demands_versions_who_names_none_is_asked_for_one()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var path = $"/api/v1/clients/{TestDatabase.Unique("new")}";
        (await owner.PutAsync(path, new JsonObject())).ShouldBe(HttpStatusCode.Created);
        (await owner.PatchAsync(path, """{"name":"N"}""")).ShouldBe(HttpStatusCode.OK);

        await database.ExecuteAsync("update database_setting set require_version = true");
        await ServiceProcess.UntilAsync(() => owner.PatchAsync(path, """{"name":"N"}"""), HttpStatusCode.PreconditionRequired);

        (await owner.PatchAsync(path, """{"name":"M"}""")).ShouldFail(428, "version_required");
        (await owner.PutAsync(path, new JsonObject(), ("If-Unmodified-Since", "yesterday"))).ShouldFail(428, "version_required");
        (await owner.PutAsync(path, new JsonObject { ["name"] = "M" }, ("If-Match", "\"2\""))).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync(path, new JsonObject { ["name"] = "O" }, ("If-Unmodified-Since", DateTime.UtcNow.AddDays(1).ToString("r", CultureInfo.InvariantCulture)))).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{path}x", new JsonObject())).ShouldBe(HttpStatusCode.Created);
        var location = new JsonObject { ["clientRef"] = path.Split('/')[^1], ["locationRef"] = "L1" };
        (await owner.PostAsync("/rest/contact/location", location)).ShouldBe(HttpStatusCode.OK);
        (await owner.PostAsync("/rest/contact/location", location.With("name", "N"))).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync($"{path}/locations/L1", """{"name":"M"}""")).ShouldFail(428, "version_required");

        await database.ExecuteAsync("update database_setting set require_version = false");
        await ServiceProcess.UntilAsync(() => owner.PatchAsync(path, """{"name":"P"}"""), HttpStatusCode.OK);
    }

    [Test]
    public async Task A_trial_of_a_change_tells_it_and_stores_nothing()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var before = await StateAsync(clientRef);

        foreach (var answer in new[]
        {
            await owner.PatchAsync($"/api/v1/clients/{clientRef}?dryRun=true", """{"name":"New"}""", ("Idempotency-Key", clientRef)),
            await owner.PutAsync($"/api/v1/clients/{clientRef}?dryRun=true", new JsonObject { ["name"] = "New" }, ("Idempotency-Key", clientRef)),
        })
        {
            using (Assert.EnterMultipleScope())
            {
                Assert.That(answer.ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("updated"));
                Assert.That(answer.Body, Does.StartWith("""{"result":"success","result_msg":"","outcome":"updated","changes":{"name":["Test","New"]},"data":{"clientRef":"""));
                Assert.That(answer.Data["name"]!.GetValue<string>(), Is.EqualTo("New"));
                Assert.That(answer.Data["version"]!.GetValue<int>(), Is.EqualTo(2));
                Assert.That(await StateAsync(clientRef), Is.EqualTo(before));
            }
        }

        Assert.That((await owner.PatchAsync($"/api/v1/clients/{clientRef}?dryRun=true", "{}")).Text("outcome"), Is.EqualTo("unchanged"));
        (await owner.PatchAsync($"/api/v1/clients/{clientRef}?dryRun=true", """{"name":"New"}""", ("If-Match", "\"7\""))).ShouldFail(412, "precondition_failed");
        (await owner.PatchAsync($"/api/v1/clients/{clientRef}?dryRun=maybe", "{}")).ShouldFail(400, "invalid_parameter");
    }

    [Test]
    public async Task A_trial_of_a_creation_stores_nothing_and_is_refused_for_the_reasons_of_the_real_thing()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = TestDatabase.Unique("new");
        var answer = (await owner.PutAsync($"/api/v1/clients/{clientRef}?dryRun=true", new JsonObject { ["name"] = "New" })).ShouldBe(HttpStatusCode.OK);

        Assert.That(answer.Text("outcome"), Is.EqualTo("created"));
        Assert.That(answer.Json["changes"]!.ToJsonString(), Is.EqualTo("""{"name":[null,"New"]}"""));
        (await owner.GetAsync($"/api/v1/clients/{clientRef}")).ShouldFail(404, "client_not_found");
        Assert.That(await owner.AuditAsync(clientRef), Is.Empty);
        (await owner.PutAsync($"/api/v1/clients/{clientRef}/locations/L1?dryRun=true", new JsonObject())).ShouldFail(400, "unknown_client");
        var editor = (await TestSession.OpenAsync(Database, 1, "client:edit")).Client;
        (await editor.PutAsync($"/api/v1/clients/{clientRef}?dryRun=true", new JsonObject())).ShouldFail(403, "forbidden");
    }

    // Row versions change with any write and any lock.
    private static Task<string> StateAsync(string clientRef) => Database.QueryAsync<string>(
        """
        select concat_ws(' ', xmin, xmax, version,
            (select count(*) from audit_entry where client_ref = @ClientRef and status < 400), (select count(*) from idempotency_record where key = @ClientRef))
        from client
        where client_ref = @ClientRef
        """,
        new { ClientRef = clientRef });
}
