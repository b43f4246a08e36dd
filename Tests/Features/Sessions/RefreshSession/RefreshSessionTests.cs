using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Sessions.RefreshSession;

/// <summary>POST /api/v1/auth/refresh (source: Collect! REST API; rotation after RFC 9700).</summary>
public sealed class RefreshSessionTests
{
    private const string Path = "/api/v1/auth/refresh";

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_refresh_continues_the_session_with_a_new_pair_of_tokens()
    {
        var session = await TestSession.OpenAsync(Database);

        var answer = (await TestSession.RefreshAsync(session.RefreshToken)).ShouldBe(HttpStatusCode.OK);

        var result = answer.Json["result"]!;
        var accessToken = result["access_token"]!.GetValue<string>();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Json.Select(property => property.Key), Is.EqualTo(new[] { "status", "result" }));
            Assert.That(answer.Json["status"]!.GetValue<int>(), Is.EqualTo(200));
            Assert.That(result["nx_operator"]!["op_id"]!.GetValue<string>(), Is.EqualTo(session.OpId));
            Assert.That(result["refresh_token"]!.GetValue<string>(), Is.Not.EqualTo(session.RefreshToken));
            Assert.That(SessionIdOf(accessToken), Is.EqualTo(SessionIdOf(session.AccessToken)));
        }

        (await new ApiClient(accessToken).GetAsync("/api/v1/audit?size=1")).ShouldBe(HttpStatusCode.OK);
        (await session.CallAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_session_goes_on_over_many_refreshes()
    {
        var session = await TestSession.OpenAsync(Database);
        var seen = new List<string> { session.RefreshToken };

        for (var i = 0; i < 5; i++)
        {
            session = await session.RefreshAsync();
            seen.Add(session.RefreshToken);
        }

        Assert.That(seen, Is.Unique);
        (await session.CallAsync()).ShouldBe(HttpStatusCode.OK);
        Assert.That(await CountSessionsAsync(session.OpId), Is.EqualTo(1));
    }

    [Test]
    public async Task Each_refresh_prolongs_the_session()
    {
        var session = await TestSession.OpenAsync(Database);
        await ChangeSessionAsync(session, "expires_at = now() + interval '1 hour'");

        await session.RefreshAsync();

        Assert.That(
            await Database.QueryAsync<bool>(
                "select expires_at > now() + interval '29 days' from session where session_id = @Id", new { Id = Guid.Parse(SessionIdOf(session.AccessToken)) }),
            Is.True);
    }

    [Test]
    public async Task Of_twenty_refreshes_at_once_one_rotates_and_all_get_its_successor()
    {
        var session = await TestSession.OpenAsync(Database);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TestSession.RefreshAsync(session.RefreshToken)));

        var successors = answers.Select(answer => answer.ShouldBe(HttpStatusCode.OK).Json["result"]!["refresh_token"]!.GetValue<string>()).Distinct().ToArray();
        Assert.That(successors, Has.Length.EqualTo(1));
        Assert.That(successors[0], Is.Not.EqualTo(session.RefreshToken));
        Assert.That(await CountTokensAsync(session), Is.EqualTo("2 1"));
        (await TestSession.RefreshAsync(successors[0])).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_spent_token_yields_the_same_successor_within_the_grace()
    {
        var session = await TestSession.OpenAsync(Database);
        var next = await session.RefreshAsync();
        await ChangeTokenAsync(session.RefreshToken, "spent_at = now() - interval '5 seconds'");

        var again = await session.RefreshAsync();

        Assert.That(again.RefreshToken, Is.EqualTo(next.RefreshToken));
        (await again.CallAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_spent_token_whose_successor_is_spent_too_yields_nothing_and_harms_nothing()
    {
        var first = await TestSession.OpenAsync(Database);
        var third = await (await first.RefreshAsync()).RefreshAsync();

        (await TestSession.RefreshAsync(first.RefreshToken)).ShouldFail(401, "bad_refresh_token");

        (await third.CallAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_spent_token_that_comes_back_after_the_grace_ends_the_session_and_is_audited()
    {
        var session = await TestSession.OpenAsync(Database);
        var next = await session.RefreshAsync();
        await ChangeTokenAsync(session.RefreshToken, "spent_at = spent_at - interval '11 seconds'");

        (await TestSession.RefreshAsync(session.RefreshToken)).ShouldFail(401, "bad_refresh_token");

        (await next.CallAsync()).ShouldFail(401, "not_authenticated");
        (await session.CallAsync()).ShouldFail(401, "not_authenticated");
        (await TestSession.RefreshAsync(next.RefreshToken)).ShouldFail(401, "bad_refresh_token");
        (await TestSession.RefreshAsync(session.RefreshToken)).ShouldFail(401, "bad_refresh_token");
        Assert.That(
            await Database.QueryAsync<string>(
                "select string_agg(kind || ' ' || method || ' ' || route || ' ' || status || ' ' || outcome, ';') from audit_entry where account = @OpId and outcome like 'ended%'",
                new { session.OpId }),
            Is.EqualTo("human POST /api/v1/auth/refresh 401 ended: a spent refresh token came back"));
        await TestSession.LogInAsync(Database, session.OpId);
    }

    [Test]
    public async Task An_expired_token_is_refused()
    {
        var session = await TestSession.OpenAsync(Database);
        await ChangeTokenAsync(session.RefreshToken, "expires_at = now() - interval '1 second'");

        (await TestSession.RefreshAsync(session.RefreshToken)).ShouldFail(401, "bad_refresh_token");
    }

    [Test]
    public async Task A_token_of_an_expired_session_opens_nothing()
    {
        var session = await TestSession.OpenAsync(Database);
        await ChangeSessionAsync(session, "expires_at = now() - interval '1 second'");

        (await session.CallAsync()).ShouldFail(401, "not_authenticated");
    }

    [Test]
    public async Task A_token_of_an_ended_session_is_refused()
    {
        var session = await TestSession.OpenAsync(Database);
        await ChangeSessionAsync(session, "ended_at = now()");

        (await TestSession.RefreshAsync(session.RefreshToken)).ShouldFail(401, "bad_refresh_token");
    }

    [Test]
    public async Task A_token_of_an_account_that_was_deactivated_is_refused()
    {
        var session = await TestSession.OpenAsync(Database);
        await Database.ExecuteAsync("update account set active = false where op_id = @OpId", new { session.OpId });

        (await TestSession.RefreshAsync(session.RefreshToken)).ShouldFail(401, "bad_refresh_token");
    }

    [Test]
    public async Task What_is_no_token_is_refused()
    {
        var session = await TestSession.OpenAsync(Database);
        var secret = session.RefreshToken.Split('.')[1];

        foreach (var garbage in new[]
        {
            "x", ".", "..", "cv_nosuchdatabase.secret", secret, $".{secret}", $"{Database.Name}.", $"{ServiceUnderTest.B.Name}.{secret}", $"{session.RefreshToken}x",
            session.RefreshToken.ToUpperInvariant(), $"{Database.Name}.{Base64Url.EncodeToString(new byte[32])}", new string('x', 2048), "' or true --", "🔑",
        })
        {
            (await TestSession.RefreshAsync(garbage)).ShouldFail(401, "bad_refresh_token");
        }

        (await TestSession.RefreshAsync(session.RefreshToken)).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_header_that_names_another_database_than_the_token_is_refused_and_spends_nothing()
    {
        var session = await TestSession.OpenAsync(Database);

        (await TestSession.RefreshAsync(session.RefreshToken, ("x-database", ServiceUnderTest.B.Name))).ShouldFail(401, "bad_refresh_token");
        (await TestSession.RefreshAsync(session.RefreshToken, ("x-collect-database", "cv_nosuchdatabase"))).ShouldFail(401, "bad_refresh_token");

        Assert.That(await CountTokensAsync(session), Is.EqualTo("1 1"));
        (await TestSession.RefreshAsync(session.RefreshToken, ("x-database", Database.Name))).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_refresh_token_is_no_credential_of_a_data_route_and_an_access_token_none_for_a_refresh()
    {
        var session = await TestSession.OpenAsync(Database);

        (await new ApiClient(session.RefreshToken).GetAsync("/api/v1/audit")).ShouldFail(401, "not_authenticated");
        (await ApiClient.Anonymous.GetAsync("/api/v1/audit", ("OS_REST_AUTH_TOKEN", session.RefreshToken))).ShouldFail(401, "not_authenticated");
        (await TestSession.RefreshAsync(session.AccessToken)).ShouldFail(401, "bad_refresh_token");
    }

    [TestCase("{}", "refresh_token field_missing")]
    [TestCase("""{"refresh_token":null}""", "refresh_token field_null")]
    [TestCase("""{"refresh_token":1}""", "refresh_token field_wrong_type")]
    [TestCase("""{"refresh_token":"\u0000"}""", "refresh_token invalid_characters")]
    public async Task A_bad_body_is_told_its_problem(string body, string problem)
    {
        var answer = await ApiClient.Anonymous.PostAsync(Path, body);

        answer.ShouldFail(400, problem.Split(' ')[1]);
        Assert.That(answer.Problems, Is.EqualTo(new[] { problem }));
    }

    [Test]
    public async Task A_text_too_long_to_be_any_token_is_not_even_hashed()
    {
        (await TestSession.RefreshAsync(new string('x', 2049))).ShouldFail(400, "field_too_long");
    }

    [Test]
    public async Task Only_hashes_of_tokens_are_stored()
    {
        var first = await TestSession.OpenAsync(Database);
        var second = await first.RefreshAsync();

        foreach (var token in new[] { first.RefreshToken, second.RefreshToken })
        {
            var secret = token.Split('.')[1];
            string[] forms = [secret, Hex(Encoding.UTF8.GetBytes(token)), Hex(Encoding.UTF8.GetBytes(secret)), Hex(Base64Url.DecodeFromChars(secret))];
            foreach (var table in new[] { "refresh_token", "session", "account", "audit_entry" })
            {
                Assert.That(
                    await Database.QueryAsync<long>($"select count(*) from {table} t where t::text like any (@forms)", new { forms = forms.Select(form => $"%{form}%").ToArray() }),
                    Is.Zero, table);
            }

            Assert.That(
                await Database.QueryAsync<long>("select count(*) from refresh_token where token_hash = @hash", new { hash = SHA256.HashData(Encoding.UTF8.GetBytes(token)) }),
                Is.EqualTo(1));
        }
    }

    private static string SessionIdOf(string accessToken) =>
        JsonNode.Parse(Base64Url.DecodeFromChars(accessToken.Split('.')[1]))!["sid"]!.GetValue<string>();

    private static Task<long> CountSessionsAsync(string opId) =>
        Database.QueryAsync<long>("select count(*) from session s join account a on a.account_id = s.account_id where a.op_id = @opId", new { opId });

    /// <summary>The session's tokens: how many, and how many unspent.</summary>
    private static Task<string> CountTokensAsync(TestSession session) =>
        Database.QueryAsync<string>(
            "select count(*) || ' ' || count(*) filter (where spent_at is null) from refresh_token where session_id = @Id", new { Id = Guid.Parse(SessionIdOf(session.AccessToken)) });

    private static Task ChangeTokenAsync(string token, string change) =>
        Database.ExecuteAsync($"update refresh_token set {change} where token_hash = @hash", new { hash = SHA256.HashData(Encoding.UTF8.GetBytes(token)) });

    private static Task ChangeSessionAsync(TestSession session, string change) =>
        Database.ExecuteAsync($"update session set {change} where session_id = @Id", new { Id = Guid.Parse(SessionIdOf(session.AccessToken)) });

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
