using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.PatchContact;

/// <summary>The time of the last change as a condition of a write, on every route that changes a contact.</summary>
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
}
