using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Activities;

/// <summary>A client with its number, and a contact of it with its own, to make appointments with.</summary>
internal sealed record SampleAppointment(string ClientRef, long ContactId, long PersonId)
{
    public const string Path = "/api/v1/Appointment";

    /// <summary>SuperOffice's own body.</summary>
    public JsonObject Body => new() { ["Contact"] = new JsonObject { [nameof(ContactId)] = ContactId }, ["Description"] = "Hello world!" };

    public static async Task<SampleAppointment> PrepareAsync(TestDatabase database)
    {
        var clientRef = await database.AddClientAsync();
        var owner = await database.OwnerAsync();
        var contact = Sample.Contact(clientRef, "C1");
        contact.Remove("locations");
        (await owner.UpsertAsync(contact)).ShouldBe(System.Net.HttpStatusCode.OK);
        return new(
            clientRef,
            (long)(await owner.GetAsync($"/api/v1/clients/{clientRef}")).Data["id"]!,
            (long)(await owner.GetAsync($"/api/parties?$filter=clientRef eq '{clientRef}'")).Json["items"]![0]!["id"]!);
    }

    public async Task<string> CreateAsync(ApiClient caller) => (await caller.PostAsync(Path, Body)).ShouldBe(System.Net.HttpStatusCode.Created).Header("Location");
}
