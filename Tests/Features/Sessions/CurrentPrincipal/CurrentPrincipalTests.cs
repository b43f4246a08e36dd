using System.Net;

namespace CrmImport.Tests.Features.Sessions.CurrentPrincipal;

/// <summary>GET /api/v1/User/currentPrincipal.</summary>
public sealed class CurrentPrincipalTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task An_operator_reads_who_it_is_and_what_it_may_do()
    {
        var session = await TestSession.OpenAsync(Database, level: 1, "contact:read", "audit:read");

        var answer = (await session.Client.GetAsync("/api/v1/User/currentPrincipal")).ShouldBe(HttpStatusCode.OK);

        var id = await Database.QueryAsync<long>("select account_id from account where op_id = @OpId", new { session.OpId });
        Assert.That(answer.Json.ToJsonString(), Is.EqualTo(
            $$"""{"AssociateId":{{id}},"Associate":"{{session.OpId}}","FullName":"Test Operator","UserType":"operator","Level":1,"Function":1,"DatabaseContextIdentifier":"{{Database.Name}}","FunctionRights":["contact:read","audit:read"]}"""));
    }

    [Test]
    public async Task An_owners_rights_are_spelt_out()
    {
        var rights = (await (await Database.OwnerAsync()).GetAsync("/api/v1/User/currentPrincipal")).ShouldBe(HttpStatusCode.OK).Json["FunctionRights"]!.AsArray();

        Assert.That(rights.Select(right => right!.GetValue<string>()), Is.SupersetOf(new[] { "contact:read", "contact:add", "contact:edit", "client:read", "location:read", "audit:read" }));
    }

    [Test]
    public async Task Nobody_is_no_principal() =>
        (await ApiClient.Anonymous.GetAsync("/api/v1/User/currentPrincipal")).ShouldFail(401, "not_authenticated");
}
