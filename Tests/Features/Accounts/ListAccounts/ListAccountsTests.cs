using System.Net;

namespace CrmImport.Tests.Features.Accounts.ListAccounts;

/// <summary>GET /api/v1/admin/accounts.</summary>
public sealed class ListAccountsTests
{
    private const string Accounts = "/api/v1/admin/accounts";

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task An_account_is_listed_with_every_field_but_its_password()
    {
        var opId = await Database.AddAccountAsync("api", 3, "contact:read", "audit:read");
        await Database.ExecuteAsync(
            "update account set version = 7, created_at = '2024-01-02T03:04:05Z', created_by = 'A', updated_at = '2024-02-03T04:05:06Z', updated_by = 'B' where op_id = @opId", new { opId });

        var page = (await (await Database.OwnerAsync()).GetAsync($"{Accounts}?$filter=op_id eq '{opId.ToLowerInvariant()}'")).ShouldBe(HttpStatusCode.OK).Json;

        Assert.That($"{page["total"]} {page["position"]} {page["size"]}", Is.EqualTo("1 0 20"));
        Assert.That(page["items"]!.ToJsonString(), Is.EqualTo(
            $$"""
            [{"op_id":"{{opId}}","op_name":"Test Operator","op_level":3,"op_function":1,"kind":"api","active":true,"permissions":["contact:read","audit:read"],"strictFields":null,"version":7,"createdAt":"2024-01-02T03:04:05Z","createdBy":"A","updatedAt":"2024-02-03T04:05:06Z","updatedBy":"B"}]
            """));
    }

    [Test]
    public async Task Accounts_are_searched_filtered_ordered_and_narrowed()
    {
        string[] opIds = [await Database.AddOperatorAsync(level: 1), await Database.AddOperatorAsync(level: 2), await Database.AddOperatorAsync(level: 3)];
        var name = TestDatabase.Unique("Name");
        await Database.ExecuteAsync("update account set op_name = @name where op_id = any (@opIds)", new { name, opIds });

        var page = (await (await Database.OwnerAsync()).GetAsync($"{Accounts}?search={name.ToUpperInvariant()}&$filter=op_level ne 2&orderBy=op_level&desc=true&$select=op_level,op_id")).ShouldBe(HttpStatusCode.OK);

        Assert.That(page.Json["items"]!.ToJsonString(), Is.EqualTo($$"""[{"op_level":3,"op_id":"{{opIds[2]}}"},{"op_level":1,"op_id":"{{opIds[0]}}"}]"""));
    }

    [TestCase("$filter=op_password eq 'x'", "invalid_filter")]
    [TestCase("$select=op_password", "invalid_parameter")]
    [TestCase("orderBy=permissions", "invalid_parameter")]
    [TestCase("size=0", "invalid_parameter")]
    public async Task What_an_account_does_not_show_is_refused(string query, string code) =>
        (await (await Database.OwnerAsync()).GetAsync($"{Accounts}?{query}")).ShouldFail(400, code);

    [TestCase("admin", 200)]
    [TestCase("integration:manage", 403)]
    public async Task Accounts_are_for_administrators(string permission, int status)
    {
        var client = (await TestSession.OpenAsync(Database, level: 1, permission)).Client;

        Assert.That((int)(await client.GetAsync($"{Accounts}?size=1")).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task Another_database_has_other_accounts()
    {
        var opId = await Database.AddOperatorAsync();
        var stranger = await ServiceUnderTest.B.OwnerAsync();

        Assert.That((await stranger.GetAsync($"{Accounts}?$filter=op_id eq '{opId}'")).ShouldBe(HttpStatusCode.OK).Json["total"]!.GetValue<int>(), Is.Zero);
        (await stranger.GetAsync(Accounts, ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
    }
}
