using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CrmImport.Tests.Infrastructure.Records.Lists;

/// <summary><c>$filter</c> at random: what can be read finds what it says, and what cannot is refused, never worse.</summary>
public sealed partial class FilterPropertyTests
{
    private const int Filters = 1500;
    private const int Soups = 2500;
    private const int Contacts = 60;

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_filter_finds_exactly_the_contacts_it_holds_for()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await AddContactsAsync(owner, new Random(1));
        var contacts = (await owner.GetAsync($"/api/v1/clients/{clientRef}/contacts?size=1000")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().Select(item => item!.AsObject()).ToArray();
        var random = new Random(20261121);
        var filters = Enumerable.Range(0, Filters).Select(_ => RandomFilter.Next(random)).ToArray();
        var found = 0;

        await Parallel.ForEachAsync(filters, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (filter, _) =>
        {
            var answer = await owner.GetAsync($"/api/v1/clients/{clientRef}/contacts?size=1000&$select=contactRef&$filter={Uri.EscapeDataString(filter.Text)}");
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), $"{filter.Text}\n{answer.Body}");
            var refs = answer.Json["items"]!.AsArray().Select(item => $"{item!["contactRef"]}").ToArray();
            Assert.That(refs, Is.EqualTo(contacts.Where(filter.Holds).Select(contact => $"{contact["contactRef"]}")), filter.Text);
            Interlocked.Add(ref found, refs.Length > 0 && refs.Length < Contacts ? 1 : 0);
        });

        Assert.That(found, Is.GreaterThan(Filters / 3), "filters that tell contacts apart");
    }

    [Test]
    public async Task Words_in_no_sensible_order_are_read_or_refused_with_the_place()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var random = new Random(20261122);
        var soups = Enumerable.Range(0, Soups).Select(i => i % 3 > 0 ? RandomFilter.Soup(random) : Mutilated(random)).ToArray();
        var refused = 0;

        await Parallel.ForEachAsync(soups, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (soup, _) =>
        {
            var answer = await owner.GetAsync($"/api/v1/clients/{clientRef}/contacts?$filter={Uri.EscapeDataString(soup)}");
            if (answer.Status == HttpStatusCode.OK)
            {
                return;
            }

            Interlocked.Increment(ref refused);
            var place = Place().Match(answer.ShouldFail(400, "invalid_filter").Text("result_msg"));
            Assert.That(int.Parse(place.Groups[1].Value), Is.InRange(1, soup.EnumerateRunes().Count() + 1), soup);
        });

        Assert.That(refused, Is.GreaterThan(Soups / 2));
    }

    // A filter that can be read, with a character taken out or put in.
    private static string Mutilated(Random random)
    {
        var text = new StringBuilder(RandomFilter.Next(random, depth: 2).Text);
        var at = random.Next(text.Length);
        return (random.Next(2) == 0 && !char.IsSurrogate(text[at]) ? text.Remove(at, 1) : text.Insert(char.IsSurrogate(text[at]) ? 0 : at, "'(),-x 0"[random.Next(8)])).ToString();
    }

    private static async Task<string> AddContactsAsync(ApiClient owner, Random random)
    {
        var clientRef = await Database.AddClientAsync();
        for (var i = 0; i < Contacts; i++)
        {
            var contact = Sample.Contact(clientRef, $"{"aAbB"[i % 4]}{i}")
                .With("surname", Any(RandomFilter.Texts)).With("forename", Any(RandomFilter.Texts)).With("contact1", Any(RandomFilter.Texts)).With("preferredContact", random.Next(1, 5))
                .With("contact1Type", Any([1, 6, 10]));
            foreach (var (field, value) in new (string, JsonNode)[] { ("contact2", Any(RandomFilter.Texts)), ("notes", Any(RandomFilter.Texts)), ("contact2Type", Any([1, 6, 10])) })
            {
                contact = random.Next(3) == 0 ? contact : contact.With(field, value);
            }

            (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);
        }

        await Database.ExecuteAsync("update contact set created_at = timestamptz '2026-01-01Z' + length(surname || contact_ref) % 4 * interval '1 day' where client_ref = @clientRef", new { clientRef });
        return clientRef;

        T Any<T>(T[] values) => values[random.Next(values.Length)];
    }

    [GeneratedRegex(@" at character (\d+)$")]
    private static partial Regex Place();
}
