using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Tests.Running;

namespace CrmImport.Tests.Features.Contacts;

/// <summary>Versions as conditions of a write, on every route that changes a contact.</summary>
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
}
