using System.Net;

namespace CrmImport.Tests.Features.Accounts.ReadAccount;

/// <summary>GET /api/v1/admin/accounts/{op_id}.</summary>
public sealed class ReadAccountTests
{
    private const string Accounts = "/api/v1/admin/accounts";

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task An_account_is_read_by_its_id_in_any_case_with_every_field_but_its_password()
    {
        var opId = await Database.AddOperatorAsync(3, "contact:read");
        await Database.ExecuteAsync(
            "update account set version = 7, created_at = '2024-01-02T03:04:05Z', created_by = 'A', updated_at = '2024-02-03T04:05:06Z', updated_by = 'B' where op_id = @opId", new { opId });

        var answer = (await (await Database.OwnerAsync()).GetAsync($"{Accounts}/{opId.ToLowerInvariant()}")).ShouldBe(HttpStatusCode.OK);

        Assert.That(answer.Header("ETag"), Is.EqualTo("\"7\""));
        Assert.That(answer.Data.ToJsonString(), Is.EqualTo(
            $$"""
            {"op_id":"{{opId}}","op_name":"Test Operator","op_level":3,"op_function":1,"kind":"operator","active":true,"permissions":["contact:read"],"strictFields":null,"version":7,"createdAt":"2024-01-02T03:04:05Z","createdBy":"A","updatedAt":"2024-02-03T04:05:06Z","updatedBy":"B"}
            """));
    }

    [Test]
    public async Task The_version_at_hand_is_not_sent_again()
    {
        var owner = await Database.OwnerAsync();
        var path = $"{Accounts}/{await Database.AddOperatorAsync()}";

        Assert.That((await owner.GetAsync(path, ("If-None-Match", "\"1\""))).ShouldBe(HttpStatusCode.NotModified).Body, Is.Empty);
        (await owner.GetAsync(path, ("If-None-Match", "\"2\""))).ShouldBe(HttpStatusCode.OK);
        (await owner.GetAsync(path, ("If-Match", "\"2\""))).ShouldFail(412, "precondition_failed");
    }

    [Test]
    public async Task Selected_properties_come_in_their_order_and_the_password_is_none_of_them()
    {
        var owner = await Database.OwnerAsync();
        var opId = await Database.AddOperatorAsync();

        Assert.That((await owner.GetAsync($"{Accounts}/{opId}?$select=op_level,op_id")).ShouldBe(HttpStatusCode.OK).Data.ToJsonString(), Is.EqualTo($$"""{"op_level":1,"op_id":"{{opId}}"}"""));
        (await owner.GetAsync($"{Accounts}/{opId}?$select=op_password")).ShouldFail(400, "invalid_parameter");
    }

    [Test]
    public async Task An_account_of_another_database_is_not_found()
    {
        var stranger = await ServiceUnderTest.B.OwnerAsync();
        var path = $"{Accounts}/{await Database.AddOperatorAsync()}";

        (await stranger.GetAsync(path)).ShouldFail(404, "account_not_found");
        (await stranger.GetAsync(path, ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
    }
}
