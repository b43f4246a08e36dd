using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Contacts.UpsertContact;

/// <summary>Many writers at once: exactly once, whole, and audited as it was.</summary>
public sealed class UpsertContactRaceTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task Twenty_equal_posts_at_once_store_one_contact_and_all_succeed()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var contact = Sample.Contact(clientRef, "C1", "L1").ToJsonString();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => owner.PostAsync("/rest/contact/contact", contact)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers.Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.OK), answers.First(answer => answer.Status != HttpStatusCode.OK || answer == answers[^1]).Body);
            Assert.That(answers.Count(answer => answer.Header("X-Outcome") == "created"), Is.EqualTo(1));
            Assert.That(answers.Count(answer => answer.Header("X-Outcome") == "unchanged"), Is.EqualTo(19));
            Assert.That(await owner.AuditAsync(clientRef), Has.Count.EqualTo(1));
        }
    }

    [Test]
    public async Task The_before_images_of_racing_posts_form_an_unbroken_chain()
    {
        const int rounds = 500;
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);

        for (var round = 0; round < rounds; round++)
        {
            var answers = await Task.WhenAll(
                owner.UpsertAsync(Sample.Contact(clientRef, "C1").With("surname", $"left {round}")),
                owner.UpsertAsync(Sample.Contact(clientRef, "C1").With("surname", $"right {round}")));
            foreach (var answer in answers)
            {
                answer.ShouldBe(HttpStatusCode.OK);
            }
        }

        var chain = await SurnamesAsync(clientRef, "C1");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(chain, Has.Count.EqualTo(1 + (2 * rounds)));
            for (var i = 1; i < chain.Count; i++)
            {
                Assert.That(chain[i].Before, Is.EqualTo(chain[i - 1].After), $"entry {i}");
            }

            Assert.That((await owner.ReadAsync(clientRef, "C1")).Data["version"]!.GetValue<int>(), Is.EqualTo(chain.Count));
        }
    }

    [Test]
    public async Task Contacts_that_all_claim_one_location_leave_exactly_one_preferred_and_every_hand_over_audited()
    {
        const int writers = 8;
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1", "L2");

        var answers = await Task.WhenAll(Enumerable.Range(0, writers * 10).Select(i =>
        {
            var contact = Sample.Contact(clientRef, $"C{i % writers}", i % 2 == 0 ? "L1" : "L2", isPreferred: i % 3 != 0);
            contact["locations"]!.AsArray().Add(new JsonObject { ["locationRef"] = i % 2 == 0 ? "L2" : "L1", ["isPreferred"] = true, ["usageTypeId"] = 1 + (i % 2) });
            return owner.UpsertAsync(contact);
        }));

        // One that gives a location up may have been the last to say anything of it; one that gives both up and claims them again has them.
        await owner.UpsertAsync(Claim(clientRef, "C0", false));
        await owner.UpsertAsync(Claim(clientRef, "C0", true));

        Assert.That(answers.Select(answer => answer.Body), Is.All.EqualTo("""{"result":"success","result_msg":""}"""));
        for (var i = 0; i < writers; i++)
        {
            await AssertHistoryIsWholeAsync(owner, clientRef, $"C{i}");
        }

        Assert.That(
            await Database.QueryAsync<int>("select count(*) from contact_location where client_ref = @ClientRef and is_preferred", new { ClientRef = clientRef }),
            Is.EqualTo(2));
    }

    private static JsonObject Claim(string clientRef, string contactRef, bool isPreferred)
    {
        var contact = Sample.Contact(clientRef, contactRef, "L1", isPreferred: isPreferred);
        contact["locations"]!.AsArray().Add(new JsonObject { ["locationRef"] = "L2", ["isPreferred"] = isPreferred });
        return contact;
    }

    // The audit replayed from the first entry on must end at what is stored, each step from what the one before left.
    private static async Task AssertHistoryIsWholeAsync(ApiClient owner, string clientRef, string contactRef)
    {
        var record = (await owner.ReadAsync(clientRef, contactRef)).ShouldBe(HttpStatusCode.OK).Data;
        var entries = (await owner.AuditAsync(clientRef, contactRef)).Reverse().ToArray();
        var replayed = new Dictionary<string, string?>();
        foreach (var change in entries.SelectMany(entry => entry!["changes"]!.AsObject()))
        {
            Assert.That(change.Value![0]?.ToJsonString(), Is.EqualTo(replayed.GetValueOrDefault(change.Key)), $"{contactRef} {change.Key}");
            replayed[change.Key] = change.Value[1]?.ToJsonString();
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(record["version"]!.GetValue<int>(), Is.EqualTo(entries.Length), contactRef);
            foreach (var location in record["locations"]!.AsArray())
            {
                Assert.That(replayed[$"locations[{location!["locationRef"]}].isPreferred"], Is.EqualTo(location["isPreferred"]!.ToJsonString()), contactRef);
            }
        }
    }

    private static async Task<List<(string? Before, string? After)>> SurnamesAsync(string clientRef, string contactRef)
    {
        var owner = await Database.OwnerAsync();
        var chain = new List<(string?, string?)>();
        for (var position = 0; ; position += 1000)
        {
            var page = await owner.GetAsync($"/api/v1/audit?status=2xx&size=1000&position={position}&clientRef={clientRef}&contactRef={contactRef}");
            var items = page.Json["items"]!.AsArray();
            chain.AddRange(items.Select(item => item!["changes"]!["surname"]!).Select(surname => (surname[0]?.GetValue<string>(), surname[1]?.GetValue<string>())));
            if (items.Count == 0)
            {
                chain.Reverse();
                return chain;
            }
        }
    }
}
