using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Contacts.PatchContact;

/// <summary>Patches of a contact that others keep writing.</summary>
public sealed class PatchContactRaceTests
{
    private const int Patches = 30;

    [Test]
    public async Task A_patch_takes_its_turn_among_writers_who_never_pause_and_undoes_nothing()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var clientRef = await ServiceUnderTest.A.AddClientAsync("L1", "L2", "L3");
        var path = $"/api/v1/clients/{clientRef}/contacts/C1";
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1").With("notes", "0"))).ShouldBe(HttpStatusCode.OK);
        using var done = new CancellationTokenSource();
        Task[] writers =
        [
            .. Enumerable.Range(0, 12).Select(writer => WriteAsync(round => Sample.Contact(clientRef, "C1").With("surname", $"{writer}.{round}"), "")),
            .. Enumerable.Range(1, 3).Select(writer => WriteAsync(_ => Sample.Contact(clientRef, "C1", $"L{writer}", isPreferred: false), "?locations=replace")),
        ];

        for (var i = 0; i < Patches; i++)
        {
            var patch = $$"""[{"op":"test","path":"/notes","value":"{{i}}"},{"op":"replace","path":"/notes","value":"{{i + 1}}"}]""";
            (await owner.PatchAsync(path, patch)).ShouldBe(HttpStatusCode.OK);
        }

        (await owner.PatchAsync(path, """{"notes":"x"}""", ("If-Match", "\"1\""))).ShouldFail(412, "precondition_failed");
        (await owner.PatchAsync(path, """[{"op":"test","path":"/notes","value":"0"}]""")).ShouldFail(409, "patch_test_failed");
        await done.CancelAsync();
        await Task.WhenAll(writers);

        var record = (await owner.GetAsync(path)).ShouldBe(HttpStatusCode.OK).Data;
        var audit = await ServiceUnderTest.A.QueryAsync<string>("select json_agg(changes order by id)::text from audit_entry where client_ref = @clientRef and contact_ref = 'C1' and status = 200", new { clientRef });
        var changes = JsonNode.Parse(audit)!.AsArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(record["notes"]!.GetValue<string>(), Is.EqualTo($"{Patches}"));
            Assert.That(ValuesOf("notes"), Is.EqualTo(Enumerable.Range(0, Patches + 1).Select(i => $"{i}")));
            Assert.That(ValuesOf("surname"), Has.Length.GreaterThan(12));
            Assert.That(record["surname"]!.GetValue<string>(), Is.EqualTo(ValuesOf("surname")[^1]));
        }

        async Task WriteAsync(Func<int, JsonNode> contact, string query)
        {
            for (var round = 0; !done.IsCancellationRequested; round++)
            {
                (await owner.PostAsync($"/rest/contact/contact{query}", contact(round))).ShouldBe(HttpStatusCode.OK);
            }
        }

        // Every value there was, first to last; each change begins where the one before left.
        string[] ValuesOf(string field)
        {
            var values = new List<string>();
            foreach (var change in changes.Select(change => change![field]).OfType<JsonArray>())
            {
                Assert.That((string?)change[0], Is.EqualTo(values.LastOrDefault()));
                values.Add((string)change[1]!);
            }

            return [.. values];
        }
    }
}
