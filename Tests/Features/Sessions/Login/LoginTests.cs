using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Sessions.Login;

/// <summary>POST /api/v1/auth/login (source: Collect! REST API).</summary>
public sealed class LoginTests
{
    private const string Path = "/api/v1/auth/login";

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task The_answer_has_exactly_the_documents_shape()
    {
        var opId = await Database.AddOperatorAsync(level: 7);

        var answer = (await LogInAsync(opId)).ShouldBe(HttpStatusCode.OK);

        var result = answer.Json["result"]!.AsObject();
        var account = result["nx_operator"]!.AsObject();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Json.Select(property => property.Key), Is.EqualTo(new[] { "status", "result" }));
            Assert.That(answer.Json["status"]!.ToJsonString(), Is.EqualTo("200"));
            Assert.That(result.Select(property => property.Key), Is.EqualTo(new[] { "nx_operator", "access_token", "refresh_token" }));
            Assert.That(account.Select(property => property.Key), Is.EqualTo(new[] { "op_rowid", "op_id", "op_name", "op_level", "op_function" }));
            Assert.That(account["op_rowid"]!.GetValueKind(), Is.EqualTo(JsonValueKind.String));
            Assert.That(account["op_rowid"]!.GetValue<string>(), Is.EqualTo($"{await Database.QueryAsync<long>("select account_id from account where op_id = @opId", new { opId })}"));
            Assert.That(account["op_id"]!.GetValue<string>(), Is.EqualTo(opId));
            Assert.That(account["op_name"]!.GetValue<string>(), Is.EqualTo("Test Operator"));
            Assert.That(account["op_level"]!.ToJsonString(), Is.EqualTo("7"));
            Assert.That(account["op_function"]!.ToJsonString(), Is.EqualTo("1"));
            Assert.That(result["access_token"]!.GetValueKind(), Is.EqualTo(JsonValueKind.String));
            Assert.That(result["refresh_token"]!.GetValueKind(), Is.EqualTo(JsonValueKind.String));
            Assert.That(answer.Header("Content-Type"), Is.EqualTo("application/json; charset=utf-8"));
        }
    }

    [Test]
    public async Task The_access_token_opens_the_data_routes()
    {
        var session = await TestSession.OpenAsync(Database);

        (await session.CallAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task An_op_id_is_the_same_in_any_case_and_with_blanks_around_it()
    {
        var opId = await Database.AddOperatorAsync();

        foreach (var written in new[] { opId.ToLowerInvariant(), opId.ToUpperInvariant(), $"  {opId} " })
        {
            var answer = (await LogInAsync(written)).ShouldBe(HttpStatusCode.OK);
            Assert.That(answer.Json["result"]!["nx_operator"]!["op_id"]!.GetValue<string>(), Is.EqualTo(opId));
        }
    }

    [Test]
    public async Task A_password_is_taken_as_it_is()
    {
        var opId = await Database.AddOperatorAsync();

        foreach (var wrong in new[] { TestDatabase.Password.ToUpperInvariant(), $" {TestDatabase.Password}", $"{TestDatabase.Password} ", "" })
        {
            (await LogInAsync(opId, wrong)).ShouldFail(401, "bad_credentials");
        }
    }

    [Test]
    public async Task Every_refused_log_in_reads_the_same()
    {
        var opId = await Database.AddOperatorAsync();
        var refused = new List<ApiAnswer>
        {
            await LogInAsync(opId, "wrong"),
            await LogInAsync(TestDatabase.Unique("NOBODY")),
            await LogInAsync(await ChangedOperatorAsync("active = false")),
            await LogInAsync(await ChangedOperatorAsync("kind = 'service'")),
            await LogInAsync(await ChangedOperatorAsync("kind = 'api'")),
            await LogInAsync(await ChangedOperatorAsync("password_hash = null")),
            await LogInAsync(opId, database: "cv_nosuchdatabase"),
            await LogInAsync(opId, database: "x'; drop table account; --"),
            await LogInAsync(opId, database: ServiceUnderTest.B.Name),
        };

        using (Assert.EnterMultipleScope())
        {
            foreach (var answer in refused)
            {
                answer.ShouldFail(401, "bad_credentials");
                Assert.That(WithoutTrace(answer), Is.EqualTo(WithoutTrace(refused[0])));
                Assert.That(answer.Headers.Keys, Is.EquivalentTo(refused[0].Headers.Keys));
            }
        }

        (await LogInAsync(opId)).ShouldBe(HttpStatusCode.OK);
    }

    private static IEnumerable<TestCaseData> BadBodies()
    {
        yield return Case("{}", "op_id field_missing", "op_password field_missing");
        yield return Case("""{"op_id":null,"op_password":null}""", "op_id field_null", "op_password field_null");
        yield return Case("""{"op_id":1,"op_password":true}""", "op_id field_wrong_type", "op_password field_wrong_type");
        yield return Case("""{"op_id":{},"op_password":[]}""", "op_id field_wrong_type", "op_password field_wrong_type");
        yield return Case("""{"op_id":"  ","op_password":"x"}""", "op_id field_blank");
        yield return Case($$"""{"op_id":"{{new string('x', 51)}}","op_password":"{{new string('x', 1025)}}"}""", "op_id field_too_long", "op_password field_too_long");
        yield return Case("""{"op_id":"A\u0000","op_password":"\ud800"}""", "op_id invalid_characters", "op_password invalid_characters");
        yield return Case("""{"op_id":"A","op_id":"B","op_password":"x"}""", "op_id duplicate_field");
        yield return Case("""{"OP_ID":"A"}""", "op_id field_missing", "op_password field_missing", "OP_ID unknown_field");

        static TestCaseData Case(string body, params string[] problems) => new TestCaseData(body, problems).SetArgDisplayNames(body[..Math.Min(body.Length, 40)]);
    }

    [TestCaseSource(nameof(BadBodies))]
    public async Task A_bad_body_is_told_all_its_problems_in_field_order(string body, string[] problems)
    {
        var answer = await ApiClient.Anonymous.PostAsync(Path, body, ("x-database", Database.Name));

        answer.ShouldFail(400, problems[0].Split(' ')[1]);
        Assert.That(answer.Problems, Is.EqualTo(problems), answer.Body);
    }

    [Test]
    public async Task The_longest_password_is_still_read()
    {
        (await LogInAsync(await Database.AddOperatorAsync(), new string('€', 1024))).ShouldFail(401, "bad_credentials");
    }

    [Test]
    public async Task Without_the_header_a_log_in_is_asked_to_name_the_database()
    {
        var answer = await ApiClient.Anonymous.PostAsync(Path, TestSession.Credentials(await Database.AddOperatorAsync()));

        answer.ShouldFail(400, "database_required");
        Assert.That(answer.Text("result_msg"), Does.Contain("x-database"));
        Assert.That(answer.Problems, Is.EqualTo(new[] { "x-database database_required" }));
    }

    [Test]
    public async Task Collects_own_header_names_the_database_as_well()
    {
        var credentials = TestSession.Credentials(await Database.AddOperatorAsync());

        (await ApiClient.Anonymous.PostAsync(Path, credentials, ("x-collect-database", Database.Name))).ShouldBe(HttpStatusCode.OK);
        (await ApiClient.Anonymous.PostAsync(Path, credentials, ("x-database", Database.Name), ("X-Collect-Database", Database.Name))).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Two_headers_that_name_different_databases_are_refused()
    {
        var credentials = TestSession.Credentials(await Database.AddOperatorAsync());

        foreach (var other in new[] { ServiceUnderTest.B.Name, "cv_nosuchdatabase", Database.Name.ToUpperInvariant() })
        {
            (await ApiClient.Anonymous.PostAsync(Path, credentials, ("x-database", Database.Name), ("x-collect-database", other))).ShouldFail(400, "database_headers_differ");
        }
    }

    [Test]
    public async Task A_header_that_stands_twice_must_agree_with_itself()
    {
        var credentials = TestSession.Credentials(await Database.AddOperatorAsync()).ToJsonString();

        var agreeing = await new RawRequest($"POST {Path}").Header("x-database", Database.Name).Header("x-database", Database.Name).Json(credentials).SendAsync();
        var differing = await new RawRequest($"POST {Path}").Header("x-database", Database.Name).Header("x-database", ServiceUnderTest.B.Name).Json(credentials).SendAsync();

        agreeing.ShouldBe(HttpStatusCode.OK);
        differing.ShouldFail(400, "database_headers_differ");
    }

    [Test]
    public async Task A_new_log_in_ends_the_earlier_session_at_once()
    {
        var first = await TestSession.OpenAsync(Database);
        (await first.CallAsync()).ShouldBe(HttpStatusCode.OK);

        var second = await TestSession.LogInAsync(Database, first.OpId);

        Assert.That((await first.CallAsync()).ShouldFail(401, "not_authenticated").Text("result_msg"), Does.StartWith("A later login ended this session"));
        Assert.That((await TestSession.RefreshAsync(first.RefreshToken)).ShouldFail(401, "bad_refresh_token").Text("result_msg"), Does.StartWith("A later login ended this session"));
        (await second.CallAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Programs_that_share_an_operator_keep_their_sessions_where_the_database_allows_several()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var opId = await database.AddOperatorAsync(level: 10);
        var first = await TestSession.LogInAsync(database, opId);
        (await first.Client.PatchAsync("/api/v1/admin/settings", """{"sessionsPerOperator":2}""")).ShouldBe(HttpStatusCode.OK);

        var second = await TestSession.LogInAsync(database, opId);
        first = await first.RefreshAsync();
        var third = await TestSession.LogInAsync(database, opId);

        (await first.CallAsync()).ShouldFail(401, "not_authenticated");
        second = await second.RefreshAsync();
        (await third.CallAsync()).ShouldBe(HttpStatusCode.OK);
        (await second.Client.PatchAsync("/api/v1/admin/settings", """{"sessionsPerOperator":1}""")).ShouldBe(HttpStatusCode.OK);
        (await third.CallAsync()).ShouldBe(HttpStatusCode.OK);
        var fourth = await TestSession.LogInAsync(database, opId);
        Assert.That(await Task.WhenAll(new[] { second, third, fourth }.Select(async session => (int)(await session.CallAsync()).Status)), Is.EqualTo(new[] { 401, 401, 200 }));
    }

    [Test]
    public async Task A_refused_log_in_leaves_the_session_alone()
    {
        var session = await TestSession.OpenAsync(Database);

        (await LogInAsync(session.OpId, "wrong")).ShouldFail(401, "bad_credentials");

        (await session.CallAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Of_twenty_log_ins_at_once_exactly_one_session_lives()
    {
        var opId = await Database.AddOperatorAsync(level: 10);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => LogInAsync(opId)));

        var tokens = answers.Select(answer => answer.ShouldBe(HttpStatusCode.OK).Json["result"]!["access_token"]!.GetValue<string>()).ToArray();
        var statuses = await Task.WhenAll(tokens.Select(async token => (await new ApiClient(token).GetAsync("/api/v1/audit?size=1")).Status));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokens, Is.Unique);
            Assert.That(statuses.Count(status => status == HttpStatusCode.OK), Is.EqualTo(1));
            Assert.That(statuses.Count(status => status == HttpStatusCode.Unauthorized), Is.EqualTo(19));
            Assert.That(
                await Database.QueryAsync<string>(
                    """
                    select count(*) || ' ' || count(*) filter (where ended_at is null) || ' ' || count(*) filter (where ended_because = 'another login')
                    from session s join account a on a.account_id = s.account_id
                    where a.op_id = @opId
                    """,
                    new { opId }),
                Is.EqualTo("20 1 19"));
        }
    }

    [Test]
    public async Task A_log_in_is_audited()
    {
        var session = await TestSession.LogInAsync(Database, await Database.AddOperatorAsync());

        Assert.That(
            await Database.QueryAsync<string>(
                "select string_agg(kind || ' ' || method || ' ' || route || ' ' || status || ' ' || record_type || ' ' || outcome, ';') from audit_entry where account = @OpId",
                new { session.OpId }),
            Is.EqualTo("human POST /api/v1/auth/login 200 session created"));
    }

    [Test]
    public async Task The_password_never_appears_in_an_answer_nor_in_the_database()
    {
        var password = $"s3cret-{Guid.NewGuid():N}";
        var opId = await Database.AddOperatorAsync(level: 10);
        await Database.ExecuteAsync("update account set password_hash = @hash where op_id = @opId", new { opId, hash = Hash(password, 1000) });
        string[] bodies =
        [
            TestSession.Credentials(opId, password).ToJsonString(),
            TestSession.Credentials("NOBODY", password).ToJsonString(),
            TestSession.Credentials(opId, password + new string('x', 1024)).ToJsonString(),
            $$"""{"op_id":"{{opId}}","op_password":"{{password}}" oops""",
            $$"""{"op_id":"{{opId}}","op_password":"{{password}}","op_password":"{{password}}"}""",
            $$"""{"op_id":1,"op_password":"{{password}}"}""",
            $"\"{password}\"",
            password,
        ];

        foreach (var body in bodies)
        {
            Assert.That((await ApiClient.Anonymous.PostAsync(Path, body, ("x-database", Database.Name))).Body, Does.Not.Contain(password));
        }

        Assert.That(await Database.QueryAsync<long>("select count(*) from account a where a::text like '%' || @password || '%'", new { password }), Is.Zero);
        Assert.That(await Database.QueryAsync<long>("select count(*) from audit_entry e where e::text like '%' || @password || '%'", new { password }), Is.Zero);
    }

    [Test]
    public async Task A_hash_of_fewer_rounds_is_renewed_at_log_in()
    {
        var opId = await Database.AddOperatorAsync();
        var cheap = Hash(TestDatabase.Password, 1000);
        await Database.ExecuteAsync("update account set password_hash = @cheap where op_id = @opId", new { opId, cheap });

        (await LogInAsync(opId, "wrong")).ShouldFail(401, "bad_credentials");
        Assert.That(await StoredHashAsync(opId), Is.EqualTo(cheap));

        (await LogInAsync(opId)).ShouldBe(HttpStatusCode.OK);
        var renewed = await StoredHashAsync(opId);
        Assert.That(renewed, Does.StartWith("pbkdf2-sha512$220000$"));

        (await LogInAsync(opId)).ShouldBe(HttpStatusCode.OK);
        Assert.That(await StoredHashAsync(opId), Is.EqualTo(renewed));
    }

    private static Task<ApiAnswer> LogInAsync(string opId, string password = TestDatabase.Password, string? database = null) =>
        ApiClient.Anonymous.PostAsync(Path, TestSession.Credentials(opId, password), ("x-database", database ?? Database.Name));

    private static async Task<string> ChangedOperatorAsync(string change)
    {
        var opId = await Database.AddOperatorAsync(level: 10);
        await Database.ExecuteAsync($"update account set {change} where op_id = @opId", new { opId });
        return opId;
    }

    private static Task<string> StoredHashAsync(string opId) => Database.QueryAsync<string>("select password_hash from account where op_id = @opId", new { opId });

    private static string Hash(string password, int rounds)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var hash = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, rounds, HashAlgorithmName.SHA512, 64);
        return string.Create(CultureInfo.InvariantCulture, $"pbkdf2-sha512${rounds}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}");
    }

    private static string WithoutTrace(ApiAnswer answer)
    {
        var body = JsonNode.Parse(answer.Body)!.AsObject();
        body.Remove("trace_id");
        return body.ToJsonString();
    }
}
