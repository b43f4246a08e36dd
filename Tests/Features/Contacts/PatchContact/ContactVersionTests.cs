using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Tests.Running;

namespace CrmImport.Tests.Features.Contacts.PatchContact;

/// <summary>Versions as conditions of a write, on every route that changes a contact; random patches.</summary>
public sealed class ContactVersionTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [TestCase("POST", "/rest/contact/contact")]
    [TestCase("PUT", "/api/v1/clients/{0}/contacts/C1")]
    [TestCase("PATCH", "/api/v1/clients/{0}/contacts/C1")]
    public async Task A_contact_that_was_changed_since_is_left_alone(string method, string route)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);
        var at = DateTimeOffset.Parse((await owner.ReadAsync(clientRef, "C1")).Data["updatedAt"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
        var path = string.Format(System.Globalization.CultureInfo.InvariantCulture, route, clientRef);

        (await SendAsync("A", Header(at.AddSeconds(-2)))).ShouldFail(412, "precondition_failed");
        (await SendAsync("A", Header(at.AddSeconds(-2)), ("If-Match", "\"1\""))).ShouldBe(HttpStatusCode.OK);
        (await SendAsync("B", Header(at.AddHours(1)))).ShouldBe(HttpStatusCode.OK);
        (await SendAsync("C", ("If-Unmodified-Since", "yesterday"))).ShouldBe(HttpStatusCode.OK);

        Assert.That((await owner.ReadAsync(clientRef, "C1")).Header("ETag"), Is.EqualTo("\"4\""));

        Task<ApiAnswer> SendAsync(string surname, params (string, string)[] headers) => owner.SendJsonAsync(
            new HttpMethod(method), path, method == "PATCH" ? new JsonObject { ["surname"] = surname } : Sample.Contact(clientRef, "C1").With("surname", surname), headers);

        static (string, string) Header(DateTimeOffset at) => ("If-Unmodified-Since", at.ToString("R", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Test]
    public async Task Where_the_database_demands_versions_the_native_routes_ask_for_one_and_the_documents_do_not()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var clientRef = await database.AddClientAsync();
        var path = $"/api/v1/clients/{clientRef}/contacts/C1";
        var party = (await owner.PostAsync("/api/parties", Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.Created).Header("Location");

        await database.ExecuteAsync("update database_setting set require_version = true");
        await ServiceProcess.UntilAsync(() => owner.PatchAsync(path, """{"surname":"Test"}"""), HttpStatusCode.PreconditionRequired);

        (await owner.PatchAsync(path, """{"surname":"A"}""")).ShouldFail(428, "version_required");
        (await owner.PutAsync(path, Sample.Contact(clientRef, "C1"))).ShouldFail(428, "version_required");
        (await owner.PutAsync(path + "new", Sample.Contact(clientRef, "C1new"))).ShouldBe(HttpStatusCode.Created);
        (await owner.PatchAsync(path, """{"surname":"A"}""", ("If-Match", "\"1\""))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync(party, """{"surname":"B"}""")).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync(party, Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Whatever_the_patch_it_is_carried_out_as_told_or_refused_and_never_a_fault_of_ours()
    {
        string[] paths = ["", "/", "/surname", "/notes", "/contact1Type", "/locations", "/locations/0", "/locations/-", "/locations/1", "/locations/0/isPreferred", "/locations/0/locationRef", "/version", "/clientRef", "/nothing", "/~1", "/~", "x"];
        string[] operations = ["add", "remove", "replace", "move", "copy", "test", "neither"];
        string[] values = ["null", "1", "\"L1\"", "\"x\"", "\"\\ud800\"", "\"\\u0000\"", "{}", "[]", "[null]", "true", """{"locationRef":"L2","isPreferred":false}""", """[{"locationRef":"L1","isPreferred":true},{"locationRef":"L2","isPreferred":"0"}]""", "1e400", "\"2024-02-30\""];
        string[] members = ["surname", "notes", "contact1Type", "preferredContact", "locations", "version", "nothing", "\\ud800"];
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1", "L2");
        var path = (await owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1", "L1"))).Header("Location");
        var random = new Random(20190709);
        var statuses = new Dictionary<int, int>();
        var stored = (await owner.GetAsync(path)).Body;
        for (var round = 0; round < 400; round++)
        {
            var patch = round % 2 == 0
                ? $"[{string.Join(',', Enumerable.Range(0, random.Next(1, 4)).Select(_ => $$"""{"op":"{{Pick(operations)}}","path":"{{Pick(paths)}}","from":"{{Pick(paths)}}","value":{{Pick(values)}}}"""))}]"
                : $"{{{string.Join(',', Enumerable.Range(0, random.Next(1, 3)).Select(_ => $"\"{Pick(members)}\":{Pick(values)}"))}}}";
            var answer = await owner.PatchAsync(path, patch);
            statuses[(int)answer.Status] = statuses.GetValueOrDefault((int)answer.Status) + 1;
            Assert.That((int)answer.Status, Is.LessThan(500), patch);
            stored = answer.Status == HttpStatusCode.OK ? answer.Body : stored;
            Assert.That((await owner.GetAsync(path)).Body, Is.EqualTo(stored), patch);
        }

        Assert.That(statuses.Keys, Is.EquivalentTo(new[] { 200, 400, 409 }));

        string Pick(string[] from) => from[random.Next(from.Length)];
    }
}
