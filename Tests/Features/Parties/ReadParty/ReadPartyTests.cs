using System.Net;

namespace CrmImport.Tests.Features.Parties.ReadParty;

/// <summary>GET /api/parties/{id}.</summary>
public sealed class ReadPartyTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_party_is_the_contact_bare_with_its_number_first()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1"))).ShouldBe(HttpStatusCode.OK);
        var id = await Database.QueryAsync<long>("select party_id from contact where client_ref = @clientRef", new { clientRef });

        var answer = (await owner.GetAsync($"/api/parties/{id}")).ShouldBe(HttpStatusCode.OK);

        var contact = (await owner.ReadAsync(clientRef, "C1")).ShouldBe(HttpStatusCode.OK).Data.ToJsonString();
        Assert.That(answer.Json.ToJsonString(), Is.EqualTo($$"""{"id":{{id}},{{contact[1..]}}"""));
        Assert.That(answer.Header("ETag"), Does.StartWith("\"1-"));
    }

    [Test]
    public async Task The_version_at_hand_is_not_sent_again()
    {
        var owner = await Database.OwnerAsync();
        var path = (await owner.PostAsync("/api/parties", Sample.Contact(await Database.AddClientAsync(), "C1"))).ShouldBe(HttpStatusCode.Created).Header("Location");

        Assert.That((await owner.GetAsync(path, ("If-None-Match", "\"1\""))).ShouldBe(HttpStatusCode.NotModified).Body, Is.Empty);
        (await owner.GetAsync(path, ("If-None-Match", "\"2\""))).ShouldBe(HttpStatusCode.OK);
        (await owner.GetAsync(path, ("If-None-Match", "1"))).ShouldFail(400, "invalid_parameter");
    }

    [TestCase("999999999999")]
    [TestCase("abc")]
    [TestCase("-1")]
    public async Task A_number_that_no_party_has_is_not_found(string id) =>
        (await (await Database.OwnerAsync()).GetAsync($"/api/parties/{id}")).ShouldFail(404, "party_not_found");

    [Test]
    public async Task Another_databases_credential_finds_no_party()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var created = await owner.PostAsync("/api/parties", Sample.Contact(clientRef, "C1"));
        var stranger = await ServiceUnderTest.B.OwnerAsync();
        Assert.That((await stranger.GetAsync(created.Header("Location"))).Body, Does.Not.Contain(clientRef));
        (await stranger.GetAsync(created.Header("Location"), ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
    }
}
