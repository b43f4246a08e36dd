using System.Net;
using System.Text;
using Dapper;

namespace CrmImport.Tests.Features.Sessions.Logout;

/// <summary>POST /api/v1/auth/logout.</summary>
public sealed class LogoutTests
{
    private const string Path = "/api/v1/auth/logout";

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_log_out_ends_the_session_and_both_its_tokens_at_once()
    {
        var session = await TestSession.OpenAsync(Database);

        var answer = (await LogOutAsync(session)).ShouldBe(HttpStatusCode.OK);

        Assert.That(answer.Body, Is.EqualTo("""{"result":"success","result_msg":""}"""));
        Assert.That(answer.Header("Content-Type"), Is.EqualTo("application/json; charset=utf-8"));
        (await session.CallAsync()).ShouldFail(401, "not_authenticated");
        (await TestSession.RefreshAsync(session.RefreshToken)).ShouldFail(401, "bad_refresh_token");
        (await LogOutAsync(session)).ShouldFail(401, "not_authenticated");
    }

    [Test]
    public async Task Whoever_logged_out_can_log_in_again()
    {
        var session = await TestSession.OpenAsync(Database);
        await LogOutAsync(session);

        var next = await TestSession.LogInAsync(Database, session.OpId);

        (await next.CallAsync()).ShouldBe(HttpStatusCode.OK);
        (await session.CallAsync()).ShouldFail(401, "not_authenticated");
    }

    [Test]
    public async Task A_log_out_concerns_nobody_else()
    {
        var session = await TestSession.OpenAsync(Database);
        var other = await TestSession.OpenAsync(Database);

        await LogOutAsync(session);

        (await other.CallAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task An_operator_without_any_permission_can_log_out()
    {
        (await LogOutAsync(await TestSession.OpenAsync(Database, level: 1))).ShouldBe(HttpStatusCode.OK);
    }

    [TestCase("", "text/plain")]
    [TestCase("{}", "application/json")]
    [TestCase("not read", "text/plain")]
    public async Task A_body_is_not_needed_and_not_read(string body, string contentType)
    {
        var session = await TestSession.OpenAsync(Database);

        using var content = new StringContent(body, Encoding.UTF8, contentType);
        (await session.Client.SendAsync(HttpMethod.Post, Path, content)).ShouldBe(HttpStatusCode.OK);

        (await session.CallAsync()).ShouldFail(401, "not_authenticated");
    }

    [Test]
    public async Task Ten_log_outs_at_once_end_the_session_once()
    {
        var session = await TestSession.OpenAsync(Database);
        Task<ApiAnswer>[] logOuts;
        await using (var connection = await Database.Tenant.Db.OpenConnectionAsync(CancellationToken.None))
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            // Held back here until all ten have passed for a live session.
            await connection.ExecuteAsync("select from session s join account a on a.account_id = s.account_id where a.op_id = @OpId for update of s", new { session.OpId });
            logOuts = [.. Enumerable.Range(0, 10).Select(_ => LogOutAsync(session))];
            while (await CountWaitingForAsync(connection.ProcessID) < 10)
            {
                await Task.Yield();
            }
        }

        foreach (var answer in await Task.WhenAll(logOuts))
        {
            answer.ShouldBe(HttpStatusCode.OK);
        }

        Assert.That(
            await Database.QueryAsync<string>(
                "select string_agg(kind || ' ' || method || ' ' || route || ' ' || status || ' ' || outcome, ';') from audit_entry where account = @OpId and outcome = 'ended'",
                new { session.OpId }),
            Is.EqualTo("human POST /api/v1/auth/logout 200 ended"));
    }

    [Test]
    public async Task A_log_out_needs_a_credential_and_its_own_database()
    {
        var session = await TestSession.OpenAsync(Database);

        (await ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, null)).ShouldFail(401, "not_authenticated");
        (await session.Client.SendAsync(HttpMethod.Post, Path, null, ("x-database", ServiceUnderTest.B.Name))).ShouldFail(401, "not_authenticated");
        (await session.CallAsync()).ShouldBe(HttpStatusCode.OK);
    }

    // Waiting for the holder, or for another one that waits for it.
    private static Task<long> CountWaitingForAsync(int holder) =>
        Database.QueryAsync<long>(
            """
            with recursive waiting (pid) as (
                select @holder
                union
                select a.pid from waiting w join pg_stat_activity a on w.pid = any (pg_blocking_pids(a.pid))
            )
            select count(*) - 1 from waiting
            """,
            new { holder });

    private static Task<ApiAnswer> LogOutAsync(TestSession session) => session.Client.SendAsync(HttpMethod.Post, Path, null);
}
