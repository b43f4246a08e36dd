using System.Text.Json.Nodes;
using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Npgsql;

namespace CrmImport.Tests.Infrastructure.Records.Lists;

/// <summary>The SQL of filters, searches and orders against the indexes that migration 005 makes for them: what the planner does where it may read no whole table.</summary>
public sealed class ListIndexTests
{
    [TestCase("surname eq 'x'", "contact_surname_idx")]
    [TestCase("surname begins 'x'", "contact_surname_idx")]
    [TestCase("surname in ('x','y')", "contact_surname_idx")]
    [TestCase("surname gt 'x'", "contact_surname_idx")]
    [TestCase("postCode begins 'x'", "contact_post_code_idx")]
    [TestCase("contact1 eq 'x'", "contact_contact1_idx")]
    [TestCase("contact2 begins 'x'", "contact_contact2_idx")]
    [TestCase("contact3 in ('x','y')", "contact_contact3_idx")]
    [TestCase("contact4 begins 'x'", "contact_contact4_idx")]
    [TestCase("contact3 eq 'x' or contact4 eq 'x'", "contact_contact3_idx contact_contact4_idx")]
    [TestCase("clientRef eq 'x' and contactRef begins 'y'", "contact_pkey")]
    public async Task A_filter_uses_its_index(string filter, string indexes) =>
        Assert.That(await IndexesAsync(Read("$filter", filter)), Is.EqualTo(indexes.Split(' ')));

    [Test]
    public async Task A_search_uses_the_indexes_of_all_it_looks_into() =>
        Assert.That(await IndexesAsync(Read("search", "x")), Is.EquivalentTo(new[]
        {
            "contact_surname_idx", "contact_post_code_idx", "contact_contact1_idx", "contact_contact2_idx", "contact_contact3_idx", "contact_contact4_idx",
        }));

    [TestCase("surname")]
    [TestCase("surname desc")]
    public async Task An_order_by_surname_comes_from_its_index(string orderBy) =>
        Assert.That(await IndexesAsync(Read("orderBy", orderBy)), Is.EqualTo(new[] { "contact_surname_idx" }));

    private static ListRequest Read(string parameter, string value) =>
        ListRequest.Read(new QueryCollection(new Dictionary<string, StringValues> { [parameter] = value }), ContactList.Shape).Value;

    private static async Task<string[]> IndexesAsync(ListRequest request)
    {
        var parameters = new DynamicParameters();
        var filter = request.Filter is null ? "true" : new FilterSql(parameters).Write(request.Filter);
        var order = request.Order.Count == 0 ? "" : $"order by {request.Order[0].Sql} limit 1";
        await using var connection = new NpgsqlConnection(ServiceUnderTest.A.ConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync("set enable_seqscan = off; set enable_sort = off; set enable_indexonlyscan = off");
        var plan = JsonNode.Parse(await connection.QuerySingleAsync<string>($"explain (format json) select contact_ref from contact where {filter} {order}", parameters))!;
        return [.. Names(plan[0]!["Plan"]!)];
    }

    private static IEnumerable<string> Names(JsonNode node) =>
        (node["Index Name"] is { } name ? [$"{name}"] : Array.Empty<string>()).Concat((node["Plans"]?.AsArray() ?? []).SelectMany(part => Names(part!)));
}
