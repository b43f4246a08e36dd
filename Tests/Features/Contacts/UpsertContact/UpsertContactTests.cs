using System.Net;

namespace CrmImport.Tests.Features.Contacts.UpsertContact;

/// <summary>POST /rest/contact/contact (source: Oneserve contact API).</summary>
public sealed class UpsertContactTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    private const string DocumentPayload =
        """
        {
        "clientRef": "29",
        "contactRef": "ZARADILLO1",
        "salutation": "Mr",
        "forename": "John",
        "surname": "Test",
        "contact1": "",
        "contact1Type": "1",
        "contact2": "07123456789",
        "contact2Type": "10",
        "contact3": "test@test.test",
        "contact3Type": "6",
        "contact4": "",
        "contact4Type": "1",
        "preferredContact": "1",
        "address1": "Address line 1",
        "address2": "Address line 2",
        "address3": "Address line 3",
        "address4": "Address line 4",
        "notes": "These are notes",
        "considerations": "These are considerations",
        "postCode": "EX49HL",
        "locations": [
        {
        "locationRef": "10174",
        "isPreferred": "True",
        "startDate": "09/07/2019",
        "endDate": "18/12/2019",
        "usageTypeId": "1"
        }
        ]
        }
        """;

    [Test]
    public async Task The_documents_payload_is_stored_read_back_and_audited_and_a_replay_changes_nothing()
    {
        var owner = await Database.OwnerAsync();

        var created = (await owner.PostAsync("/rest/contact/contact", DocumentPayload)).ShouldBe(HttpStatusCode.OK);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(created.Body, Is.EqualTo("""{"result":"success","result_msg":""}"""));
            Assert.That(created.Header("X-Outcome"), Is.EqualTo("created"));
            Assert.That(created.Header("ETag"), Is.EqualTo("\"1\""));
            Assert.That(created.Header("Location"), Is.EqualTo("/api/v1/clients/29/contacts/ZARADILLO1"));
        }

        var read = (await owner.GetAsync(created.Header("Location"))).ShouldBe(HttpStatusCode.OK).Data;
        var location = read["locations"]!.AsArray().Single()!;
        var client = (await owner.GetAsync("/api/v1/clients/29")).ShouldBe(HttpStatusCode.OK).Data;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read["surname"]!.GetValue<string>(), Is.EqualTo("Test"));
            Assert.That(read["contact1"]!.GetValue<string>(), Is.Empty);
            Assert.That(read["preferredContact"]!.GetValue<int>(), Is.EqualTo(1));
            Assert.That(location.ToJsonString(), Is.EqualTo("""{"locationRef":"10174","isPreferred":true,"startDate":"2019-07-09","endDate":"2019-12-18","usageTypeId":1}"""));
            Assert.That(client["contacts"]![0]!.ToJsonString(), Is.EqualTo(read.ToJsonString()));
            Assert.That(client["locations"]![0]!["usageTypeId"]!.GetValue<int>(), Is.EqualTo(1));
            Assert.That(client["locations"]![0]!["preferredContactRef"]!.GetValue<string>(), Is.EqualTo("ZARADILLO1"));
        }

        var entry = (await owner.AuditAsync("29", "ZARADILLO1")).Single()!;
        var usage = (await owner.AuditAsync("29", locationRef: "10174")).Single(entry => $"{entry!["outcome"]}" == "updated")!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(entry["outcome"]!.GetValue<string>(), Is.EqualTo("created"));
            Assert.That(entry["recordType"]!.GetValue<string>(), Is.EqualTo("contact"));
            Assert.That(entry["kind"]!.GetValue<string>(), Is.EqualTo("human"));
            Assert.That(entry["method"]!.GetValue<string>(), Is.EqualTo("POST"));
            Assert.That(entry["route"]!.GetValue<string>(), Is.EqualTo("/rest/contact/contact"));
            Assert.That(entry["address"]!.GetValue<string>(), Is.AnyOf("127.0.0.1", "::1"));
            Assert.That(entry["traceId"]!.GetValue<string>(), Is.Not.Empty);
            Assert.That(entry["changes"]!["surname"]!.ToJsonString(), Is.EqualTo("""[null,"Test"]"""));
            Assert.That(entry["changes"]!["locations[10174].isPreferred"]!.ToJsonString(), Is.EqualTo("[null,true]"));
            Assert.That(usage["recordType"]!.GetValue<string>(), Is.EqualTo("location"));
            Assert.That(usage["changes"]!.ToJsonString(), Is.EqualTo("""{"usageTypeId":[2,1]}"""));
        }

        var again = (await owner.PostAsync("/rest/contact/contact", DocumentPayload)).ShouldBe(HttpStatusCode.OK);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Header("X-Outcome"), Is.EqualTo("unchanged"));
            Assert.That(again.Header("ETag"), Is.EqualTo("\"1\""));
            Assert.That((await owner.GetAsync(created.Header("Location"))).Data.ToJsonString(), Is.EqualTo(read.ToJsonString()));
            Assert.That(await owner.AuditAsync("29"), Has.Count.EqualTo(4), "the demo's client and location, then what was made of them");
        }
    }

    [Test]
    public async Task Another_surname_is_an_update_of_one_field()
    {
        var owner = await Database.OwnerAsync();
        var contact = Sample.Contact(await Database.AddClientAsync("L1"), "C1", "L1");
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);

        var updated = (await owner.UpsertAsync(contact.With("surname", "Test2"))).ShouldBe(HttpStatusCode.OK);

        var entries = await owner.AuditAsync(contact["clientRef"]!.GetValue<string>(), "C1");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(updated.Header("X-Outcome"), Is.EqualTo("updated"));
            Assert.That(updated.Header("ETag"), Is.EqualTo("\"2\""));
            Assert.That(entries, Has.Count.EqualTo(2));
            Assert.That(entries[0]!["changes"]!.ToJsonString(), Is.EqualTo("""{"surname":["Test","Test2"]}"""));
        }
    }
}
