using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Contacts.ListContacts;

/// <summary>GET /api/v1/clients/{clientRef}/contacts and GET /api/v1/contacts.</summary>
public sealed class ListContactsTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task Pages_neither_skip_nor_repeat_where_all_are_tied_and_others_write()
    {
        const int Contacts = 360;
        const int PageSize = 20;
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        await Database.ExecuteAsync(
            """
            insert into contact (
                client_ref, contact_ref, salutation, forename, surname, contact1, contact1_type, preferred_contact, address1, address2, post_code,
                version, created_at, created_by, updated_at, updated_by)
            select @clientRef, 'C' || i, 'Mr', 'John', 'Tie' || i % 3, '', 1, 1, 'a', 'b', 'c', 1, now(), 'test', now(), 'test' from generate_series(1, @Contacts) i
            """,
            new { clientRef, Contacts });

        using var done = new CancellationTokenSource();
        var writes = 0;
        var writing = Task.Run(async () =>
        {
            for (; !done.IsCancellationRequested; Interlocked.Increment(ref writes))
            {
                var contact = Sample.Contact(clientRef, $"C{(writes * 7 % Contacts) + 1}").With("surname", $"Tie{((writes * 7 % Contacts) + 1) % 3}").With("forename", $"Jane{writes}");
                (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);
            }
        });

        var walks = new List<string[]>();
        while (walks.Count < 3 || (Volatile.Read(ref writes) <= 10 && !writing.IsCompleted))
        {
            var seen = new List<string>();
            for (var position = 0; position < Contacts; position += PageSize)
            {
                var page = (await owner.GetAsync($"/api/v1/clients/{clientRef}/contacts?position={position}&size={PageSize}&orderBy=surname&desc=true")).ShouldBe(HttpStatusCode.OK);
                Assert.That(page.Json["total"]!.GetValue<int>(), Is.EqualTo(Contacts));
                seen.AddRange(Refs(page));
            }

            walks.Add([.. seen]);
        }

        await done.CancelAsync();
        var expected = Enumerable.Range(1, Contacts).OrderByDescending(i => i % 3).ThenBy(i => $"C{i}", StringComparer.Ordinal).Select(i => $"C{i}");
        await writing;
        Assert.That(writes, Is.GreaterThan(10));
        Assert.That(walks, Has.All.EqualTo(expected));
    }

    [TestCase("locations.locationRef eq 'L1'", "C1,C2")]
    [TestCase("locations/locationRef eq 'L2'", "C2")]
    [TestCase("Locations.IsPreferred eq true", "C2")]
    [TestCase("locations.usageTypeId in (2) and surname eq 'Test'", "C1,C2")]
    [TestCase("not locations.locationRef eq 'L1'", "C3")]
    [TestCase("locations.startDate ge 2026-02-01", "C2")]
    [TestCase("locations.startDate lt 2026-02-01", "C1")]
    [TestCase("locations.endDate isNull", "C1,C2")]
    [TestCase("begins(locations.locationRef, 'L')", "C1,C2")]
    public async Task Contacts_are_filtered_by_their_locations(string filter, string expected)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await WithLocationsAsync(owner);

        var found = (await owner.GetAsync($"/api/v1/clients/{clientRef}/contacts?$filter={Uri.EscapeDataString(filter)}")).ShouldBe(HttpStatusCode.OK);
        var parties = (await owner.GetAsync($"/api/parties?$filter={Uri.EscapeDataString($"clientRef eq '{clientRef}' and {filter}")}")).ShouldBe(HttpStatusCode.OK);

        Assert.That(string.Join(',', Refs(found)), Is.EqualTo(expected));
        Assert.That(string.Join(',', Refs(parties)), Is.EqualTo(expected));
    }

    [TestCase("locations eq 'L1'", "cannot be filtered by")]
    [TestCase("locations.name eq 'L1'", "unknown field")]
    [TestCase("contains(locations.usageTypeId, 'L')", "needs a text field")]
    public async Task What_locations_do_not_have_is_refused(string filter, string words)
    {
        var owner = await Database.OwnerAsync();
        Assert.That((await owner.GetAsync($"/api/v1/contacts?$filter={Uri.EscapeDataString(filter)}")).ShouldFail(400, "invalid_filter").Text("result_msg"), Does.Contain(words));
        (await owner.GetAsync("/api/v1/contacts?orderBy=locations.locationRef")).ShouldFail(400, "invalid_parameter");
    }

    [Test]
    public async Task The_contacts_of_a_location_are_a_list_of_their_own()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await WithLocationsAsync(owner);

        Assert.That(Refs((await owner.GetAsync($"/api/v1/clients/{clientRef}/locations/L1/contacts?orderBy=contactRef desc")).ShouldBe(HttpStatusCode.OK)), Is.EqualTo(new[] { "C2", "C1" }));
        Assert.That((await owner.GetAsync($"/api/v1/clients/{clientRef}/locations/L3/contacts")).ShouldBe(HttpStatusCode.OK).Json["total"]!.GetValue<int>(), Is.Zero);
        (await owner.GetAsync($"/api/v1/clients/{clientRef}/locations/L4/contacts")).ShouldFail(404, "location_not_found");
        (await owner.GetAsync($"/api/v1/clients/{clientRef}x/locations/L1/contacts")).ShouldFail(404, "client_not_found");
        (await (await ServiceUnderTest.B.OwnerAsync()).GetAsync($"/api/v1/clients/{clientRef}/locations/L1/contacts")).ShouldFail(404, "client_not_found");
        (await (await TestSession.OpenAsync(Database, 1, "location:read")).Client.GetAsync($"/api/v1/clients/{clientRef}/locations/L1/contacts")).ShouldFail(403, "forbidden");
    }

    // C1 at L1 from January, C2 at L1 and L2 from March and preferred there, C3 nowhere; nobody at L3.
    private static async Task<string> WithLocationsAsync(ApiClient owner)
    {
        var clientRef = await Database.AddClientAsync("L1", "L2", "L3");
        var (first, second) = (Sample.Contact(clientRef, "C1", "L1", isPreferred: false), Sample.Contact(clientRef, "C2", "L1", isPreferred: false));
        first["locations"]![0]!["startDate"] = "2026-01-01";
        second["locations"]![0]!["startDate"] = "2026-03-01";
        second["locations"]!.AsArray().Add(new JsonObject { ["locationRef"] = "L2", ["isPreferred"] = true, ["endDate"] = "2027-01-01" });
        foreach (var contact in new[] { first, second, Sample.Contact(clientRef, "C3") })
        {
            (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);
        }

        return clientRef;
    }

    [Test]
    public async Task The_total_is_of_the_same_moment_as_the_items()
    {
        var (owner, clientRef) = await AddAsync("First");
        using var done = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (var i = 1; !done.IsCancellationRequested && i < 900; i++)
            {
                (await owner.UpsertAsync(Sample.Contact(clientRef, $"C{i}"))).ShouldBe(HttpStatusCode.OK);
            }
        });

        var grown = new HashSet<int>();
        while (grown.Count <= 20 && !writing.IsCompleted)
        {
            var page = (await ListAsync(owner, clientRef, "size=1000&$select=contactRef")).ShouldBe(HttpStatusCode.OK);
            Assert.That(Refs(page), Has.Length.EqualTo(page.Json["total"]!.GetValue<int>()));
            grown.Add(Refs(page).Length);
        }

        await done.CancelAsync();
        await writing;
        Assert.That(grown, Has.Count.GreaterThan(10));
    }

    [Test]
    public async Task A_list_has_its_keys_in_order_and_those_of_the_order_where_one_was_asked_for()
    {
        var (owner, clientRef) = await AddAsync("Abel", "Cain");

        var unsorted = (await ListAsync(owner, clientRef, "")).ShouldBe(HttpStatusCode.OK).Json;
        var sorted = (await ListAsync(owner, clientRef, "orderBy=surname&desc=true&size=2000")).ShouldBe(HttpStatusCode.OK).Json;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(unsorted.Select(property => property.Key), Is.EqualTo(new[] { "result", "result_msg", "total", "position", "size", "items" }));
            Assert.That(sorted.Select(property => property.Key), Is.EqualTo(new[] { "result", "result_msg", "total", "position", "size", "orderBy", "desc", "items" }));
            Assert.That($"{sorted["total"]} {sorted["position"]} {sorted["size"]} {sorted["orderBy"]} {sorted["desc"]}", Is.EqualTo("2 0 1000 surname true"));
        }
    }

    [Test]
    public async Task An_item_is_what_the_contact_is_read_as()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1", "L2");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L2").With("notes", "Ünï \"quoted\""))).ShouldBe(HttpStatusCode.OK);

        var item = (await ListAsync(owner, clientRef, "")).ShouldBe(HttpStatusCode.OK).Json["items"]![0]!;

        Assert.That(item.ToJsonString(), Is.EqualTo((await owner.ReadAsync(clientRef, "C1")).Data.ToJsonString()));
    }

    [TestCase("orderBy=surname", "abel,Abel2,Cain,Éva", "surname", false)]
    [TestCase("orderBy=Surname", "abel,Abel2,Cain,Éva", "surname", false)]
    [TestCase("orderBy=surname&desc=true", "Éva,Cain,Abel2,abel", "surname", true)]
    [TestCase("orderBy=surname&desc=false", "abel,Abel2,Cain,Éva", "surname", false)]
    [TestCase("$orderBy=surname desc", "Éva,Cain,Abel2,abel", "surname", true)]
    [TestCase("$orderBy=surname DESC&desc=true", "Éva,Cain,Abel2,abel", "surname", true)]
    [TestCase("orderBy=surname&$orderBy=surname asc", "abel,Abel2,Cain,Éva", "surname", false)]
    [TestCase("orderBy=forename, surname desc", "Éva,Cain,Abel2,abel", "forename asc,surname desc", false)]
    [TestCase("orderBy=forename desc,surname desc", "Éva,Cain,Abel2,abel", "forename desc,surname desc", true)]
    [TestCase("orderBy=contactRef&desc=true", "Éva,Cain,Abel2,abel", "contactRef", true)]
    [TestCase("orderBy=version,clientRef,contactRef desc", "Éva,Cain,Abel2,abel", "version asc,clientRef asc,contactRef desc", false)]
    public async Task Contacts_come_in_the_order_that_is_asked_for(string query, string expected, string orderBy, bool desc)
    {
        var (owner, clientRef) = await AddAsync("abel", "Abel2", "Cain", "Éva");

        var page = (await ListAsync(owner, clientRef, query)).ShouldBe(HttpStatusCode.OK).Json;

        Assert.That(string.Join(',', page["items"]!.AsArray().Select(item => item!["surname"])), Is.EqualTo(expected));
        Assert.That($"{page["orderBy"]} {page["desc"]}", Is.EqualTo($"{orderBy} {(desc ? "true" : "false")}"));
    }

    [TestCase("position=1&size=1", "C1")]
    [TestCase("$skip=2&$top=1", "C2")]
    [TestCase("position=2&$skip=2", "C2")]
    [TestCase("position=3", "")]
    [TestCase("position=2147483647&size=1000", "")]
    public async Task A_page_is_cut_by_either_pair_of_names(string query, string expected)
    {
        var (owner, clientRef) = await AddAsync("A", "B", "C");

        var page = (await ListAsync(owner, clientRef, query)).ShouldBe(HttpStatusCode.OK);

        Assert.That(string.Join(',', Refs(page)), Is.EqualTo(expected));
        Assert.That(page.Json["total"]!.GetValue<int>(), Is.EqualTo(3));
    }

    [TestCase("$select=surname,contactRef")]
    [TestCase("$select=version, updatedBy ,createdAt,createdBy,updatedAt")]
    [TestCase("$select=locations,clientRef,notes")]
    public async Task Exactly_the_selected_properties_come_in_their_order(string query)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1"))).ShouldBe(HttpStatusCode.OK);
        var whole = (await owner.ReadAsync(clientRef, "C1")).Data;
        var selected = new JsonObject(query["$select=".Length..].Split(',', StringSplitOptions.TrimEntries).Select(name => KeyValuePair.Create(name, whole[name]?.DeepClone())));

        var item = (await ListAsync(owner, clientRef, query)).ShouldBe(HttpStatusCode.OK).Json["items"]![0]!;
        var record = await owner.GetAsync($"/api/v1/clients/{clientRef}/contacts/C1?{query}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(item.ToJsonString(), Is.EqualTo(selected.ToJsonString()));
            Assert.That(record.ShouldBe(HttpStatusCode.OK).Data.ToJsonString(), Is.EqualTo(selected.ToJsonString()));
            Assert.That(record.Header("ETag"), Does.StartWith("\"1-")); // with a mark of the usage types
        }
    }

    [TestCase("orderBy")]
    [TestCase("$select")]
    public async Task A_parameter_of_many_faults_makes_no_long_answer(string parameter)
    {
        var names = string.Join(',', Enumerable.Repeat("a,surname", 700));
        var answer = (await (await ServiceUnderTest.A.OwnerAsync()).GetAsync($"/api/v1/contacts?{parameter}={names}")).ShouldFail(400, "invalid_parameter");
        Assert.That(answer.Body, Has.Length.LessThan(2000));
    }

    [TestCase("size=0", "size")]
    [TestCase("size=x", "size")]
    [TestCase("$top=-1", "$top")]
    [TestCase("position=-1", "position")]
    [TestCase("position=1&position=1", "position")]
    [TestCase("position=1&$skip=2", "$skip")]
    [TestCase("size=20&$top=21", "$top")]
    [TestCase("orderBy=", "orderBy")]
    [TestCase("orderBy=nosuch", "orderBy")]
    [TestCase("orderBy=surname,", "orderBy")]
    [TestCase("orderBy=surname up", "orderBy")]
    [TestCase("orderBy=surname asc desc", "orderBy")]
    [TestCase("orderBy=surname,surname desc", "orderBy")]
    [TestCase("orderBy=locations", "orderBy")]
    [TestCase("orderBy=surname;drop table contact", "orderBy")]
    [TestCase("orderBy=party_id", "orderBy")]
    [TestCase("orderBy=surname%00", "orderBy")]
    [TestCase("orderBy=surname&orderBy=surname", "orderBy")]
    [TestCase("orderBy=surname&$orderBy=forename", "$orderBy")]
    [TestCase("orderBy=surname&$orderBy=surname desc", "$orderBy")]
    [TestCase("orderBy=surname asc&desc=true", "orderBy")]
    [TestCase("orderBy=surname&desc=yes", "desc")]
    [TestCase("orderBy=surname&desc=", "desc")]
    [TestCase("orderBy=surname&desc=true&desc=true", "desc")]
    [TestCase("$select=", "$select")]
    [TestCase("$select=surname,,forename", "$select")]
    [TestCase("$select=surname,surname", "$select")]
    [TestCase("$select=nosuch", "$select")]
    [TestCase("$count=maybe", "$count")]
    [TestCase("$select=surname&$select=surname", "$select")]
    [TestCase("$filter=version gt 0&$filter=version gt 0", "$filter")]
    [TestCase("search=a%00", "search")]
    [TestCase("search=a&search=b", "search")]
    [TestCase("$fitler=surname eq 'x'", "$fitler")]
    public async Task Bad_values_are_named(string query, string parameter)
    {
        var owner = await Database.OwnerAsync();

        var answer = (await owner.GetAsync($"/api/v1/contacts?{Escape(query)}")).ShouldFail(400, "invalid_parameter");

        Assert.That(answer.Problems, Is.EqualTo(new[] { $"{parameter} invalid_parameter" }), answer.Body);
    }

    [Test]
    public async Task All_that_is_wrong_is_told_at_once()
    {
        var owner = await Database.OwnerAsync();

        var answer = (await owner.GetAsync($"/api/v1/contacts?{Escape("$filter=surname&size=0&$select=nosuch&orderBy=nosuch")}")).ShouldFail(400, "invalid_parameter");

        Assert.That(answer.Problems, Is.EqualTo(new[] { "size invalid_parameter", "orderBy invalid_parameter", "$select invalid_parameter", "$filter invalid_filter" }));
        Assert.That(answer.Body, Does.Contain("nosuch"));
    }

    [TestCase("smi", "C0,C1")]
    [TestCase("SMITH", "C0")]
    [TestCase("ex1", "C2")]
    [TestCase("07", "C3")]
    [TestCase("%", "")]
    [TestCase("_mi", "")]
    [TestCase("ith", "")]
    [TestCase("", "C0,C1,C2,C3")]
    public async Task A_search_finds_what_begins_with_it_in_any_case(string search, string expected)
    {
        var (owner, clientRef) = await AddAsync("Smith", "smIley", "Jones", "Brown");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C2").With("surname", "Jones").With("postCode", "Ex1 2AB"))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C3").With("surname", "Brown").With("postCode", "").With("contact4", "07 123"))).ShouldBe(HttpStatusCode.OK);

        var page = (await ListAsync(owner, clientRef, $"search={search}")).ShouldBe(HttpStatusCode.OK);

        Assert.That(string.Join(',', Refs(page)), Is.EqualTo(expected));
        Assert.That(page.Json["total"]!.GetValue<int>(), Is.EqualTo(Refs(page).Length));
    }

    [Test]
    public async Task A_search_narrows_a_filter()
    {
        var (owner, clientRef) = await AddAsync("Smith", "Smiley", "Jones");

        var page = await ListAsync(owner, clientRef, "search=smi&$filter=contactRef eq 'C1' or contactRef eq 'C2'");

        Assert.That(Refs(page.ShouldBe(HttpStatusCode.OK)), Is.EqualTo(new[] { "C1" }));
    }

    [Test]
    public async Task All_contacts_are_those_of_every_client_of_this_database_and_of_no_other()
    {
        var (owner, first) = await AddAsync("Same");
        var (_, second) = await AddAsync("Same");
        var stranger = await ServiceUnderTest.B.OwnerAsync();
        var filter = Escape($"$filter=clientRef in ('{first}','{second}')");

        var own = (await owner.GetAsync($"/api/v1/contacts?{filter}&orderBy=clientRef")).ShouldBe(HttpStatusCode.OK).Json;
        var others = (await stranger.GetAsync($"/api/v1/contacts?{filter}")).ShouldBe(HttpStatusCode.OK).Json;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(own["items"]!.AsArray().Select(item => $"{item!["clientRef"]}"), Is.EqualTo(new[] { first, second }.Order(StringComparer.Ordinal)));
            Assert.That(others["total"]!.GetValue<int>(), Is.Zero);
            Assert.That(others["items"]!.AsArray(), Is.Empty);
        }

        (await stranger.GetAsync($"/api/v1/clients/{first}/contacts")).ShouldFail(404, "client_not_found");
    }

    [Test]
    public async Task A_client_without_contacts_has_an_empty_list_and_no_client_has_none()
    {
        var owner = await Database.OwnerAsync();

        var page = (await ListAsync(owner, await Database.AddClientAsync(), "")).ShouldBe(HttpStatusCode.OK).Json;
        Assert.That(page["total"]!.GetValue<int>(), Is.Zero);
        (await ListAsync(owner, "nobody", "")).ShouldFail(404, "client_not_found");
    }

    [TestCase("contact:read", 200)]
    [TestCase("client:read", 403)]
    public async Task Contacts_are_for_those_who_may_read_contacts(string permission, int status)
    {
        var client = (await TestSession.OpenAsync(Database, level: 1, permission)).Client;

        Assert.That((int)(await client.GetAsync("/api/v1/contacts?size=1")).Status, Is.EqualTo(status));
    }

    /// <summary>A client of its own, with a contact C0, C1… for each surname.</summary>
    private static async Task<(ApiClient Owner, string ClientRef)> AddAsync(params string[] surnames)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        foreach (var (i, surname) in surnames.Index())
        {
            (await owner.UpsertAsync(Sample.Contact(clientRef, $"C{i}").With("surname", surname))).ShouldBe(HttpStatusCode.OK);
        }

        return (owner, clientRef);
    }

    private static Task<ApiAnswer> ListAsync(ApiClient client, string clientRef, string query) => client.GetAsync($"/api/v1/clients/{clientRef}/contacts?{Escape(query)}");

    private static string[] Refs(ApiAnswer page) => [.. page.Json["items"]!.AsArray().Select(item => item!["contactRef"]!.GetValue<string>())];

    private static string Escape(string query) => query.Replace(" ", "%20", StringComparison.Ordinal).Replace("'", "%27", StringComparison.Ordinal);
}
