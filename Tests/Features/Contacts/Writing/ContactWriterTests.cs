using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Features.Contacts;
using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Features.Contacts.Writing;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using Microsoft.Extensions.DependencyInjection;

namespace CrmImport.Tests.Features.Contacts.Writing;

/// <summary>The write path given many contacts at once, as no single request gives it.</summary>
public sealed class ContactWriterTests
{
    private static readonly Caller Writer = new(1, "BATCH", "Batch", 10, 1, "service", [], Guid.Empty, new CallOrigin("127.0.0.1", "POST", "/batch", "trace"));

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_bad_row_harms_none_of_its_neighbours()
    {
        var clientRef = await Database.AddClientAsync("L1");
        var answers = await WriteAsync(
            Sample.Contact(clientRef, "C1", "L1"),
            Sample.Contact("999999", "C2"),
            Sample.Contact(clientRef, "C3").With("contact1Type", 77),
            Sample.Contact(clientRef, "C4", "nowhere"),
            Sample.Contact(clientRef, "C5"));

        var owner = await Database.OwnerAsync();
        var stored = (await owner.GetAsync($"/api/v1/clients/{clientRef}")).Data["contacts"]!.AsArray().Select(contact => contact!["contactRef"]!.GetValue<string>());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Describe(answers), Is.EqualTo(new[] { "Created 1", "unknown_client", "unknown_contact_type", "unknown_location", "Created 1" }));
            Assert.That(stored, Is.EqualTo(new[] { "C1", "C5" }));
            Assert.That(await owner.AuditAsync(clientRef), Has.Count.EqualTo(2));
        }
    }

    [Test]
    public async Task The_same_contact_several_times_is_written_in_the_order_of_arrival()
    {
        var clientRef = await Database.AddClientAsync();
        var answers = await WriteAsync(
            Sample.Contact(clientRef, "C1").With("surname", "one"),
            Sample.Contact(clientRef, "C2"),
            Sample.Contact(clientRef, "C1").With("surname", "two"),
            Sample.Contact(clientRef, "C1").With("surname", "two"),
            Sample.Contact(clientRef, "C1").With("surname", "three"));

        var owner = await Database.OwnerAsync();
        var surnames = (await owner.AuditAsync(clientRef, "C1")).Select(entry => entry!["changes"]!["surname"]!.ToJsonString());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Describe(answers), Is.EqualTo(new[] { "Created 1", "Created 1", "Updated 2", "Unchanged 2", "Updated 3" }));
            Assert.That(surnames, Is.EqualTo(new[] { """["two","three"]""", """["one","two"]""", """[null,"one"]""" }));
        }
    }

    [Test]
    public async Task A_location_handed_on_and_on_within_a_batch_ends_with_the_last_and_each_step_is_audited()
    {
        var clientRef = await Database.AddClientAsync("L1", "L2");
        await WriteAsync(Sample.Contact(clientRef, "C0", "L1"));

        var both = Sample.Contact(clientRef, "C3", "L1");
        both["locations"]!.AsArray().Add(new JsonObject { ["locationRef"] = "L2", ["isPreferred"] = true, ["usageTypeId"] = 1 });
        var answers = await WriteAsync(
            Sample.Contact(clientRef, "C1", "L1"), Sample.Contact(clientRef, "C2", "L2"), both, Sample.Contact(clientRef, "C0", "L1", isPreferred: false), Sample.Contact(clientRef, "C0", "L1"), Sample.Contact(clientRef, "C2", "L2", isPreferred: false));

        var owner = await Database.OwnerAsync();
        var locations = (await owner.GetAsync($"/api/v1/clients/{clientRef}")).Data["locations"]!.AsArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Describe(answers), Is.EqualTo(new[] { "Created 1", "Created 1", "Created 1", "Updated 3", "Updated 4", "Updated 3" }));
            Assert.That(locations.Select(location => location!["preferredContactRef"]!.GetValue<string>()), Is.EqualTo(new[] { "C0", "C3" }));
            Assert.That(
                (await owner.AuditAsync(clientRef, "C0")).Select(entry => entry!["changes"]!["locations[L1].isPreferred"]!.ToJsonString()),
                Is.EqualTo(new[] { "[false,true]", "[false,false]", "[true,false]", "[null,true]" }));
        }
    }

    [Test]
    public async Task Large_batches_over_the_same_contacts_at_once_neither_deadlock_nor_lose_a_write()
    {
        const int writers = 6;
        const int contacts = 60;
        var clientRef = await Database.AddClientAsync("L1", "L2", "L3");

        var all = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer =>
        {
            var batch = Enumerable.Range(0, contacts).Select(i => Sample.Contact(clientRef, $"C{i:00}", $"L{1 + (i % 3)}").With("surname", $"writer {writer}")).ToArray();
            new Random(writer).Shuffle(batch);
            return WriteAsync(batch);
        }));

        var changes = all.SelectMany(answers => answers).Count(answer => answer.Value.Outcome != WriteOutcome.Unchanged);
        var versions = await Database.QueryAsync<int>("select sum(version) from contact where client_ref = @ClientRef", new { ClientRef = clientRef });
        var entries = await Database.QueryAsync<int>("select count(*) from audit_entry where client_ref = @ClientRef", new { ClientRef = clientRef });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(changes, Is.GreaterThanOrEqualTo(contacts * (writers - 1)));
            Assert.That(entries, Is.EqualTo(versions));
            Assert.That(await Database.QueryAsync<int>("select count(*) from contact_location where client_ref = @ClientRef and is_preferred", new { ClientRef = clientRef }), Is.EqualTo(3));
        }
    }

    [Test]
    public async Task An_unchanged_row_writes_nothing()
    {
        var clientRef = await Database.AddClientAsync("L1");
        var contact = Sample.Contact(clientRef, "C1", "L1");
        await WriteAsync(contact);
        var before = await RowVersionsAsync();

        var answers = await WriteAsync(contact);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Describe(answers), Is.EqualTo(new[] { "Unchanged 1" }));
            Assert.That(await RowVersionsAsync(), Is.EqualTo(before));
        }

        // xmin and xmax change with any write and any row lock; the location's own foreign key locks came before.
        Task<string> RowVersionsAsync() => Database.QueryAsync<string>(
            """
            select concat_ws(' ', c.xmin, c.xmax, cl.xmin, cl.xmax, l.xmin, l.xmax)
            from contact c
            join contact_location cl using (client_ref, contact_ref)
            join location l using (client_ref, location_ref)
            where client_ref = @ClientRef
            """,
            new { ClientRef = clientRef });
    }

    private static Task<Answer<WriteAnswer>[]> WriteAsync(params JsonObject[] contacts) =>
        ServiceUnderTest.Services.GetRequiredService<ContactWriter>().WriteAsync(
            Database.Tenant,
            [.. contacts.Select(contact => new UpsertContactCommand(
                Database.Tenant, Writer, Read(contact), ContactWriteMode.Upsert, WriteConditions.None,
                written => new WriteAnswer(200, written.Outcome, written.ETag, written.Address, Envelope.Success)))],
            CancellationToken.None);

    private static RecordInput Read(JsonObject contact)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(contact.ToJsonString()));
        reader.Read();
        return RecordReader.Read(ref reader, ContactFields.Contact);
    }

    private static string[] Describe(Answer<WriteAnswer>[] answers) =>
        [.. answers.Select(answer => answer.Refusal is { } refusal ? refusal.Error.Code : $"{answer.Value.Outcome} {answer.Value.ETag!.Trim('"')}")];
}
