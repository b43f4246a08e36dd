using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Settings.EditSettings;

/// <summary>What an administrator decides for a database.</summary>
public sealed class EditSettingsTests
{
    private const string Settings = "/api/v1/admin/settings";

    [Test]
    public async Task Settings_are_read_changed_and_audited_and_count_for_the_next_call()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var client = $"/api/v1/clients/{await database.AddClientAsync()}";
        var before = (await owner.GetAsync(Settings)).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync(client, """{"name":"A"}""")).ShouldBe(HttpStatusCode.OK);

        var after = (await owner.PatchAsync(Settings, """{"requireVersion":true}""", ("If-Match", before.Header("ETag")))).ShouldBe(HttpStatusCode.OK);

        (await owner.PatchAsync(client, """{"name":"B"}""")).ShouldFail(428, "version_required");
        (await owner.PatchAsync(Settings, """{"requireVersion":false}""", ("If-Match", before.Header("ETag")))).ShouldFail(412, "precondition_failed");
        (await owner.PatchAsync(Settings, """{"requireVersion":false}""")).ShouldFail(428, "version_required");
        Assert.That((await owner.GetAsync(Settings)).Data.ToJsonString(), Is.EqualTo(after.Data.ToJsonString()));
        Assert.That(await database.QueryAsync<string>("select changes::text from audit_entry where record_type = 'settings' and outcome = 'updated'"), Is.EqualTo("""{"requireVersion":[false,true]}"""));
    }

    [TestCase("""{"requireVersion":null}""", "field_null")]
    [TestCase("""{"requireVersion":"perhaps"}""", "field_not_boolean")]
    [TestCase("""{"requireVersions":true}""", "unknown_field")]
    [TestCase("""{"requireVersion":true,"requireVersion":false}""", "duplicate_field")]
    [TestCase("""{"version":9}""", "field_read_only")]
    [TestCase("""{"sessionsPerOperator":0}""", "field_out_of_range")]
    [TestCase("""{"sessionsPerOperator":null}""", "field_null")]
    [TestCase("""{"sessionsPerOperator":"many"}""", "field_not_integer")]
    [TestCase("""{"defaultClientRef":"123456789012345678901234567890123456789012345678901"}""", "field_too_long")]
    [TestCase("[1]", "invalid_patch")]
    public async Task Rubbish_decides_nothing(string patch, string code) =>
        (await (await ServiceUnderTest.A.OwnerAsync()).PatchAsync(Settings, patch)).ShouldFail(400, code);

    [Test]
    public async Task Only_administrators_change_them()
    {
        var session = await TestSession.OpenAsync(ServiceUnderTest.A, level: 9, "integration:manage", "audit:read");

        (await session.Client.PatchAsync(Settings, "{}")).ShouldFail(403, "forbidden");
    }

    [Test]
    public async Task A_strict_database_refuses_unknown_properties_of_every_write_but_takes_a_records_history_back()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var clientRef = await database.AddClientAsync("L1");
        var contact = Sample.Contact(clientRef, "C1", "L1").With("nickname", "J");
        contact["locations"]![0]!["floor"] = 2;
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);

        (await owner.PatchAsync(Settings, """{"strictFields":true}""")).ShouldBe(HttpStatusCode.OK);

        var refused = (await owner.UpsertAsync(contact.With("surname", ""))).ShouldFail(400, "unknown_field");
        Assert.That(refused.Problems, Is.EquivalentTo(new[] { "nickname unknown_field", "locations[0].floor unknown_field" }));
        (await owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C2").With("nickname", "J"))).ShouldFail(400, "unknown_field");
        (await owner.PostAsync("/api/parties", Sample.Contact(clientRef, "C2").With("nickname", "J"))).ShouldFail(400, "unknown_field");
        (await owner.PutAsync($"/api/v1/clients/{clientRef}", new JsonObject { ["nickname"] = "J" })).ShouldFail(400, "unknown_field");
        (await owner.PutAsync($"/api/v1/clients/{clientRef}/locations/L1", new JsonObject { ["nickname"] = "J" })).ShouldFail(400, "unknown_field");
        (await owner.PutAsync("/api/v1/admin/lists/contacttype/1", new JsonObject { ["name"] = "Telephone", ["nickname"] = "J" })).ShouldFail(400, "unknown_field");
        var stored = (await owner.ReadAsync(clientRef, "C1")).Data;
        (await owner.PutAsync($"/api/v1/clients/{clientRef}/contacts/C1", stored.DeepClone())).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task An_account_may_be_stricter_or_more_lenient_than_its_database()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var key = await ServiceUnderTest.A.AddKeyAsync();
        var client = new ApiClient(key.AccessKey);
        var contact = Sample.Contact(await ServiceUnderTest.A.AddClientAsync(), "C1").With("nickname", "J");
        (await client.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);

        (await owner.PatchAsync($"/api/v1/admin/accounts/{key.OpId}", """{"strictFields":true}""")).ShouldBe(HttpStatusCode.OK);
        (await client.UpsertAsync(contact)).ShouldFail(400, "unknown_field");
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);

        (await owner.PatchAsync($"/api/v1/admin/accounts/{key.OpId}", """{"strictFields":null}""")).ShouldBe(HttpStatusCode.OK);
        (await client.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);

        var strict = await ServiceUnderTest.AddDatabaseAsync();
        var administrator = await strict.OwnerAsync();
        (await administrator.PatchAsync(Settings, """{"strictFields":true}""")).ShouldBe(HttpStatusCode.OK);
        var lenient = await TestSession.OpenAsync(strict);
        var other = Sample.Contact(await strict.AddClientAsync(), "C1").With("nickname", "J");
        (await lenient.Client.UpsertAsync(other)).ShouldFail(400, "unknown_field");
        (await administrator.PatchAsync($"/api/v1/admin/accounts/{lenient.OpId}", """{"strictFields":false}""")).ShouldBe(HttpStatusCode.OK);
        (await lenient.Client.UpsertAsync(other)).ShouldBe(HttpStatusCode.OK);
    }
}
