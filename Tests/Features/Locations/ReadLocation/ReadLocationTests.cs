using System.Net;

namespace CrmImport.Tests.Features.Locations.ReadLocation;

/// <summary>GET /api/v1/clients/{clientRef}/locations/{locationRef}.</summary>
public sealed class ReadLocationTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_location_is_read_with_its_version()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("a/b");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "a/b"))).ShouldBe(HttpStatusCode.OK);

        var answer = (await owner.GetAsync($"/api/v1/clients/{clientRef}/locations/a%2Fb")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{answer.Data["locationRef"]} {answer.Data["usageTypeId"]} {answer.Data["preferredContactRef"]}", Is.EqualTo("a/b 2 C1"));
            Assert.That(answer.Header("ETag"), Does.StartWith($"\"{answer.Data["version"]}-"));
        }
    }

    [Test]
    public async Task The_version_at_hand_is_not_sent_again()
    {
        var owner = await Database.OwnerAsync();
        var path = $"/api/v1/clients/{await Database.AddClientAsync("L1")}/locations/L1";

        Assert.That((await owner.GetAsync(path, ("If-None-Match", "\"1\""))).ShouldBe(HttpStatusCode.NotModified).Body, Is.Empty);
        (await owner.GetAsync(path, ("If-None-Match", "\"2\""))).ShouldBe(HttpStatusCode.OK);
        (await owner.GetAsync(path, ("If-Match", "\"2\""))).ShouldFail(412, "precondition_failed");
    }

    [Test]
    public async Task Selected_properties_come_in_their_order_and_unknown_ones_are_refused()
    {
        var owner = await Database.OwnerAsync();
        var path = $"/api/v1/clients/{await Database.AddClientAsync("L1")}/locations/L1";

        Assert.That((await owner.GetAsync($"{path}?$select=version,locationRef")).ShouldBe(HttpStatusCode.OK).Data.ToJsonString(), Is.EqualTo("""{"version":1,"locationRef":"L1"}"""));
        (await owner.GetAsync($"{path}?$select=surname")).ShouldFail(400, "invalid_parameter");
    }

    [Test]
    public async Task A_location_of_another_client_or_database_is_not_found()
    {
        var clientRef = await Database.AddClientAsync("L1");
        var owner = await Database.OwnerAsync();

        (await owner.GetAsync($"/api/v1/clients/{await Database.AddClientAsync()}/locations/L1")).ShouldFail(404, "location_not_found");
        (await owner.GetAsync($"/api/v1/clients/{clientRef}/locations/l1")).ShouldFail(404, "location_not_found");
        (await (await ServiceUnderTest.B.OwnerAsync()).GetAsync($"/api/v1/clients/{clientRef}/locations/L1")).ShouldFail(404, "location_not_found");
    }
}
