using System.Net;

namespace CrmImport.Tests.Features.Contacts.ReadContact;

/// <summary>GET /api/v1/clients/{clientRef}/contacts/{contactRef}.</summary>
public sealed class ReadContactTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_contact_is_read_with_every_field_its_locations_and_its_version()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var contact = Sample.Contact(clientRef, "C1", "L1").With("notes", "N");
        contact["locations"]![0]!["startDate"] = "09/07/2019";
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);
        await Database.ExecuteAsync(
            "update contact set version = 7, created_at = '2024-01-02T03:04:05Z', created_by = 'A', updated_at = '2024-02-03T04:05:06Z', updated_by = 'B' where client_ref = @clientRef",
            new { clientRef });

        var answer = (await owner.ReadAsync(clientRef, "C1")).ShouldBe(HttpStatusCode.OK);

        Assert.That(answer.Header("ETag"), Does.Match("^\"7-[0-9a-f]{8}\"$")); // with a mark of the usage types
        Assert.That(answer.Data.ToJsonString(), Is.EqualTo(
            $$"""
            {"clientRef":"{{clientRef}}","contactRef":"C1","salutation":"Mr","forename":"John","surname":"Test","contact1":"","contact1Type":1,"contact2":null,"contact2Type":null,"contact3":null,"contact3Type":null,"contact4":null,"contact4Type":null,"preferredContact":1,"address1":"Address line 1","address2":"Address line 2","address3":null,"address4":null,"postCode":"EX49HL","notes":"N","considerations":null,"locations":[{"locationRef":"L1","isPreferred":true,"startDate":"2019-07-09","endDate":null,"usageTypeId":2}],"version":7,"createdAt":"2024-01-02T03:04:05Z","createdBy":"A","updatedAt":"2024-02-03T04:05:06Z","updatedBy":"B"}
            """));
    }

    [Test]
    public async Task A_known_version_is_not_read_again()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var path = (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).Header("Location");
        var known = await owner.GetAsync(path, ("If-None-Match", "\"1\""));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(known.ShouldBe(HttpStatusCode.NotModified).Header("ETag"), Is.EqualTo("\"1\""));
            Assert.That(known.Body, Is.Empty);
            (await owner.GetAsync(path, ("If-None-Match", "W/\"1\""))).ShouldBe(HttpStatusCode.NotModified);
            (await owner.GetAsync(path, ("If-None-Match", "\"2\""))).ShouldBe(HttpStatusCode.OK);
            (await owner.GetAsync(path, ("If-Match", "\"2\""))).ShouldFail(412, "precondition_failed");
        }
    }

    [Test]
    public async Task A_contact_of_another_client_or_database_is_not_found()
    {
        var (owner, stranger) = (await Database.OwnerAsync(), await ServiceUnderTest.B.OwnerAsync());
        var path = (await owner.UpsertAsync(Sample.Contact(await Database.AddClientAsync(), "C1"))).ShouldBe(HttpStatusCode.OK).Header("Location");

        (await owner.ReadAsync(await Database.AddClientAsync(), "C1")).ShouldFail(404, "contact_not_found");
        (await stranger.GetAsync(path)).ShouldFail(404, "contact_not_found");
        (await stranger.GetAsync(path, ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
    }

    [TestCase("$select=nothing")]
    [TestCase("$select=surname,surname")]
    [TestCase("$select=")]
    public async Task A_bad_selection_is_refused(string query)
    {
        var owner = await Database.OwnerAsync();
        var path = (await owner.UpsertAsync(Sample.Contact(await Database.AddClientAsync(), "C1"))).ShouldBe(HttpStatusCode.OK).Header("Location");

        (await owner.GetAsync($"{path}?{query}")).ShouldFail(400, "invalid_parameter");
    }
}
