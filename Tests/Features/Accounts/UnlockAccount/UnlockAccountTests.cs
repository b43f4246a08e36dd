using System.Net;

namespace CrmImport.Tests.Features.Accounts.UnlockAccount;

/// <summary>POST /api/v1/admin/accounts/{op_id}/unlock.</summary>
public sealed class UnlockAccountTests
{
    [Test]
    public async Task A_locked_account_logs_in_once_it_is_unlocked_by_who_may_and_not_on_trial()
    {
        await using var service = await GuardedService.StartAsync(("Logins:AccountLockAfter", "3"));
        var (opId, peer) = (await service.Database.AddOperatorAsync(), GuardedService.NewPeer());
        for (var failure = 1; failure <= 3; failure++)
        {
            (await service.LogInAsync(opId, "wrong", GuardedService.NewPeer())).ShouldFail(401, "bad_credentials");
        }

        var owner = await ApiClient.LogInAsync(service.Database.Name, await service.Database.AddOperatorAsync(level: 10), service.Url);
        var clerk = await ApiClient.LogInAsync(service.Database.Name, await service.Database.AddOperatorAsync(level: 9, "audit:read"), service.Url);
        (await clerk.PostAsync($"/api/v1/admin/accounts/{opId}/unlock", "")).ShouldFail(403, "forbidden");
        (await owner.PostAsync($"/api/v1/admin/accounts/{new string('x', 500)}/unlock", "")).ShouldFail(404, "account_not_found");
        (await owner.PostAsync($"/api/v1/admin/accounts/{opId}/unlock?dryRun=true", "")).ShouldBe(HttpStatusCode.OK);
        (await service.LogInAsync(opId, TestDatabase.Password, peer)).ShouldFail(429, "too_many_logins");
        var unlocked = (await owner.PostAsync($"/api/v1/admin/accounts/{opId.ToLowerInvariant()}/unlock", "rubbish")).ShouldBe(HttpStatusCode.OK);
        Assert.That(unlocked.Body, Is.EqualTo("""{"result":"success","result_msg":""}"""));
        (await service.LogInAsync(opId, TestDatabase.Password, peer)).ShouldBe(HttpStatusCode.OK);
        Assert.That(await service.Database.QueryAsync<long>("select count(*) from audit_entry where record_type = 'account' and outcome = 'unlocked' and record_ref = @opId", new { opId }), Is.EqualTo(1));
    }

    [Test]
    public async Task Neither_another_databases_credential_nor_a_bad_query_unlocks_an_account()
    {
        var (owner, stranger) = (await ServiceUnderTest.A.OwnerAsync(), await ServiceUnderTest.B.OwnerAsync());
        var opId = await ServiceUnderTest.A.AddOperatorAsync();
        var path = $"/api/v1/admin/accounts/{opId}/unlock";

        (await stranger.PostAsync(path, "")).ShouldFail(404, "account_not_found");
        (await stranger.PostAsync(path, "", ("x-database", ServiceUnderTest.A.Name))).ShouldFail(401, "not_authenticated");
        (await owner.PostAsync($"{path}?dryRun=perhaps", "")).ShouldFail(400, "invalid_parameter");
        Assert.That(await ServiceUnderTest.A.QueryAsync<long>("select count(*) from audit_entry where outcome = 'unlocked' and record_ref = @opId", new { opId }), Is.Zero);
    }
}
