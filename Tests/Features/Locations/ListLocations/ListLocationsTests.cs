using System.Net;

namespace CrmImport.Tests.Features.Locations.ListLocations;

/// <summary>GET /api/v1/clients/{clientRef}/locations.</summary>
public sealed class ListLocationsTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_location_tells_which_contact_is_preferred_and_can_be_found_by_it()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1", "L2", "L3");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L2"))).ShouldBe(HttpStatusCode.OK);

        var all = (await owner.GetAsync($"/api/v1/clients/{clientRef}/locations?$select=locationRef,preferredContactRef")).ShouldBe(HttpStatusCode.OK).Json;
        var found = (await owner.GetAsync($"/api/v1/clients/{clientRef}/locations?$filter=preferredContactRef%20eq%20'C1'%20and%20usageTypeId%20eq%202&orderBy=name")).ShouldBe(HttpStatusCode.OK).Json;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(all["items"]!.ToJsonString(), Is.EqualTo(
                """[{"locationRef":"L1","preferredContactRef":null},{"locationRef":"L2","preferredContactRef":"C1"},{"locationRef":"L3","preferredContactRef":null}]"""));
            Assert.That(found["total"]!.GetValue<int>(), Is.EqualTo(1));
            Assert.That(found["items"]![0]!.AsObject().Select(property => property.Key), Is.EqualTo(new[]
            {
                "clientRef", "locationRef", "name", "address1", "address2", "address3", "address4", "postCode", "usageTypeId", "preferredContactRef",
                "version", "createdAt", "createdBy", "updatedAt", "updatedBy",
            }));
        }
    }

    [Test]
    public async Task A_client_without_locations_has_an_empty_list_and_no_client_has_none()
    {
        var owner = await Database.OwnerAsync();

        var page = (await owner.GetAsync($"/api/v1/clients/{await Database.AddClientAsync()}/locations")).ShouldBe(HttpStatusCode.OK).Json;
        Assert.That(page["total"]!.GetValue<int>(), Is.Zero);
        (await owner.GetAsync("/api/v1/clients/nobody/locations")).ShouldFail(404, "client_not_found");
    }

    [Test]
    public async Task A_search_looks_into_name_and_post_code()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1", "L2", "L3");
        await Database.ExecuteAsync("update location set name = 'Exe House' where client_ref = @clientRef and location_ref = 'L1'; update location set post_code = 'EX4' where client_ref = @clientRef and location_ref = 'L3'", new { clientRef });

        var page = (await owner.GetAsync($"/api/v1/clients/{clientRef}/locations?search=ex")).ShouldBe(HttpStatusCode.OK).Json;

        Assert.That(page["items"]!.AsArray().Select(item => $"{item!["locationRef"]}"), Is.EqualTo(new[] { "L1", "L3" }));
    }
}
