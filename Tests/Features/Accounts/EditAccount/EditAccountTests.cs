using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Accounts.EditAccount;

/// <summary>Accounts over HTTP: made, changed, listed, and what follows from it.</summary>
public sealed class EditAccountTests
{
    private const string Accounts = "/api/v1/admin/accounts";

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_new_operator_is_answered_listed_read_audited_and_logs_in()
    {
        var owner = await Database.OwnerAsync();
        var opId = TestDatabase.Unique("op");

        var made = (await owner.PostAsync(Accounts, New(opId).With("permissions", new JsonArray("contact:read", "audit:read", "contact:read")))).ShouldBe(HttpStatusCode.Created);
        var read = (await owner.GetAsync($"{Accounts}/{opId.ToUpperInvariant()}")).ShouldBe(HttpStatusCode.OK);
        var list = (await owner.GetAsync($"{Accounts}?$filter=op_id eq '{opId}' and active eq true and op_level eq 1")).ShouldBe(HttpStatusCode.OK);
        var session = await TestSession.LogInAsync(Database, opId.ToUpperInvariant());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(made.Data.ToJsonString(), Is.EqualTo(read.Data.ToJsonString()));
            Assert.That(made.Data.Select(field => field.Key), Is.EqualTo(new[]
            {
                "op_id", "op_name", "op_level", "op_function", "kind", "active", "permissions", "strictFields", "version", "createdAt", "createdBy", "updatedAt", "updatedBy",
            }));
            Assert.That(made.Data["permissions"]!.ToJsonString(), Is.EqualTo("""["contact:read","audit:read"]"""));
            Assert.That(made.Header("Location"), Is.EqualTo($"{Accounts}/{opId}"));
            Assert.That(made.Header("ETag"), Is.EqualTo("\"1\"").And.EqualTo(read.Header("ETag")));
            Assert.That(list.Json["items"]!.AsArray().Single()!.ToJsonString(), Is.EqualTo(read.Data.ToJsonString()));
            Assert.That((await session.CallAsync()).Status, Is.EqualTo(HttpStatusCode.OK));
            var (changes, route) = await Database.QueryAsync<(string, string)>("select changes::text, route from audit_entry where record_type = 'account' and record_ref = @opId", new { opId });
            Assert.That(route, Is.EqualTo(Accounts));
            Assert.That(changes, Does.Contain("""op_password":[null,null]""").And.Not.Contain(TestDatabase.Password).And.Not.Contain("pbkdf2"));
        }
    }

    [TestCase("api", true)]
    [TestCase("service", false)]
    public async Task An_account_that_is_no_operator_cannot_log_in(string kind, bool hasPassword)
    {
        var opId = TestDatabase.Unique(kind);
        var account = New(opId).With("kind", kind);
        if (!hasPassword)
        {
            account.Remove("op_password");
        }

        (await (await Database.OwnerAsync()).PostAsync(Accounts, account)).ShouldBe(HttpStatusCode.Created);

        (await ApiClient.Anonymous.PostAsync("/api/v1/auth/login", TestSession.Credentials(opId), ("x-database", Database.Name))).ShouldFail(401, "bad_credentials");
    }

    [TestCase("""{}""", 400, "op_id field_missing", "op_name field_missing", "op_password field_missing")]
    [TestCase("""{"op_id":" ","op_name":" ","op_password":"short"}""", 400, "op_id field_blank", "op_name field_blank", "op_password field_not_allowed")]
    [TestCase("""{"op_id":"x","op_name":"x","op_password":12345678}""", 400, "op_password field_wrong_type")]
    [TestCase("""{"op_id":"x","op_name":"x","op_password":"long enough","kind":"robot","op_level":100,"op_function":-1,"active":"maybe"}""", 400, "op_level field_out_of_range", "op_function field_out_of_range", "kind field_not_allowed", "active field_not_boolean")]
    [TestCase("""{"op_id":"x","op_name":"x","op_password":"long enough","active":null,"op_level":null,"permissions":null,"kind":null}""", 400, "op_level field_null", "kind field_null", "active field_null", "permissions field_null")]
    [TestCase("""{"op_id":"x","op_name":"x","op_password":"long enough","permissions":["admin","AUDIT:READ",1,null,{},"a\u0000"]}""", 400, "permissions[1] field_not_allowed", "permissions[2] field_wrong_type", "permissions[3] field_wrong_type", "permissions[4] field_wrong_type", "permissions[5] invalid_characters")]
    [TestCase("""{"op_id":"x","op_name":"x","op_password":"long enough","permissions":"admin"}""", 400, "permissions field_wrong_type")]
    [TestCase("""{"op_id":"x","op_id":"y","op_name":"a\u0000","op_password":"\ud800aaaaaaaa"}""", 400, "op_id duplicate_field", "op_name invalid_characters", "op_password invalid_characters")]
    [TestCase("""{"op_id":"x","op_name":"x","kind":"service","op_password":"long enough"}""", 400, "op_password field_not_allowed")]
    [TestCase("""{"op_id":"..","op_name":"x","kind":"service"}""", 400, "op_id field_not_addressable")]
    [TestCase("""{"op_id":"(console)","op_name":"x","op_password":"long enough"}""", 400, "op_id field_not_allowed")]
    [TestCase("""{"op_id":"a:b","op_name":"x","op_password":"long enough"}""", 400, "op_id field_not_allowed")]
    [TestCase("""{"op_id":"O\u200bWN","op_name":"x","op_password":"long enough"}""", 400, "op_id field_not_allowed")]
    [TestCase("""{"op_id":"\u017fab","op_name":"x","op_password":"long enough"}""", 400, "op_id field_not_allowed")]
    [TestCase("""{"op_id":"\u212aate","op_name":"x","op_password":"long enough"}""", 400, "op_id field_not_allowed")]
    [TestCase("""{"op_id":"\uff21B","op_name":"x","op_password":"long enough"}""", 400, "op_id field_not_allowed")]
    [TestCase("""{"op_id":"\ud835\udc00B","op_name":"x","op_password":"long enough"}""", 400, "op_id field_not_allowed")]
    [TestCase("""{"op_id":"\u001b[31mRED","op_name":"x","op_password":"          "}""", 400, "op_id field_not_allowed", "op_password field_blank")]
    public async Task Rubbish_is_told_whole(string body, int status, params string[] problems)
    {
        var answer = await (await Database.OwnerAsync()).PostAsync(Accounts, body);

        answer.ShouldFail(status, problems[0].Split(' ')[1]);
        Assert.That(answer.Problems, Is.EqualTo(problems), answer.Body);
        Assert.That(answer.Body, Does.Not.Contain("long enough"));
    }

    [Test]
    public async Task Ten_thousand_permissions_and_a_huge_password_are_too_many()
    {
        var owner = await Database.OwnerAsync();
        var many = new JsonArray([.. Enumerable.Range(0, 10_000).Select(_ => (JsonNode)"admin")]);

        (await owner.PostAsync(Accounts, New("x").With("permissions", many))).ShouldFail(400, "too_many_items");
        (await owner.PostAsync(Accounts, New("x").With("op_password", new string('x', 1025)))).ShouldFail(400, "field_too_long");
        var path = $"{Accounts}/{await Database.AddOperatorAsync()}";
        (await owner.PatchAsync(path, $$"""{"op_password":"{{new string('x', 1025)}}"}""")).ShouldFail(400, "field_too_long");
        (await owner.PatchAsync(path, new JsonObject { ["permissions"] = many.DeepClone() }.ToJsonString())).ShouldFail(400, "too_many_items");
    }

    [TestCase("""{"op_id":"other"}""", "field_read_only")]
    [TestCase("""{"kind":"service"}""", "field_read_only")]
    [TestCase("""{"version":7}""", "field_read_only")]
    [TestCase("""{"op_password":null}""", "field_null")]
    [TestCase("""{"op_password":["long enough"]}""", "field_wrong_type")]
    [TestCase("""{"op_password":"short"}""", "field_not_allowed")]
    [TestCase("""{"active":null}""", "field_null")]
    [TestCase("""{"permissions":["nonsense"]}""", "field_not_allowed")]
    [TestCase("""{"password_hash":"x"}""", "unknown_field")]
    [TestCase("""[{"op":"copy","from":"/op_name","path":"/op_password"}]""", "field_not_allowed")]
    [TestCase("""[{"op":"replace","path":"/op_password","value":"long enough"},{"op":"copy","from":"/op_password","path":"/op_name"}]""", "invalid_patch")]
    [TestCase("""[{"op":"replace","path":"","value":{"op_name":"x"}}]""", "field_read_only")]
    [TestCase("""[{"op":"remove","path":"/op_password"}]""", "field_null")]
    public async Task A_patch_that_must_not_be_is_refused_and_changes_nothing(string patch, string code)
    {
        var owner = await Database.OwnerAsync();
        var path = $"{Accounts}/{await Database.AddOperatorAsync()}";

        var answer = await owner.PatchAsync(path, patch);

        Assert.That(answer.Text("code"), Is.EqualTo(code), answer.Body);
        Assert.That((int)answer.Status, Is.EqualTo(400));
        Assert.That((await owner.GetAsync(path)).Data["version"]!.GetValue<int>(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_patch_lists_its_changes_on_trial_and_a_stale_one_is_refused()
    {
        var owner = await Database.OwnerAsync();
        var path = $"{Accounts}/{await Database.AddOperatorAsync()}";

        var trial = (await owner.PatchAsync($"{path}?dryRun=true", """{"op_password":"another password","permissions":["audit:read"],"op_function":3}""")).ShouldBe(HttpStatusCode.OK);
        Assert.That(trial.Json["changes"]!.ToJsonString(), Is.EqualTo("""{"op_password":[null,null],"op_function":[1,3],"permissions":[[],["audit:read"]]}"""));
        Assert.That(trial.Body, Does.Not.Contain("another password").And.Not.Contain("pbkdf2"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(editor => owner.PatchAsync(path, $$"""{"op_name":"N{{editor}}"}""", ("If-Match", "\"1\""))));
        Assert.That(answers.Select(answer => (int)answer.Status).Order(), Is.EqualTo(new[] { 200, 412 }));
        (await owner.PatchAsync($"{Accounts}/nobody", """{"op_name":"N"}""")).ShouldFail(404, "account_not_found");
        Assert.That((await owner.PatchAsync(path, """{"op_function":1}""")).Header("X-Outcome"), Is.EqualTo("unchanged"));
    }

    [Test]
    public async Task Of_twenty_equal_creates_one_wins_and_a_repeated_one_is_replayed_unless_anything_is_another()
    {
        var owner = await Database.OwnerAsync();
        var opId = TestDatabase.Unique("op");
        var service = new JsonObject { ["op_id"] = opId, ["op_name"] = "N", ["kind"] = "service" };

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => owner.PostAsync(Accounts, service.DeepClone().AsObject().With("op_id", i % 2 == 0 ? opId : opId.ToUpperInvariant()))));
        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.Created), Is.EqualTo(1));
        Assert.That(answers.Where(answer => answer.Status != HttpStatusCode.Created).Select(answer => answer.Text("code")), Has.Exactly(19).EqualTo("account_exists"));

        var (key, account) = (("Idempotency-Key", TestDatabase.Unique("key")), New(TestDatabase.Unique("op")));
        var first = (await owner.PostAsync(Accounts, account, key)).ShouldBe(HttpStatusCode.Created);
        var again = (await owner.PostAsync(Accounts, account.DeepClone(), key)).ShouldBe(HttpStatusCode.Created);
        Assert.That(again.Header("Idempotent-Replayed") + again.Body, Is.EqualTo("true" + first.Body));
        (await owner.PostAsync(Accounts, account.DeepClone().AsObject().With("op_name", "Other"), key)).ShouldFail(422, "idempotency_key_reused");
        (await owner.PostAsync(Accounts, account.DeepClone().AsObject().With("op_password", "another password"), key)).ShouldFail(422, "idempotency_key_reused");
    }

    [TestCase("""{"active":false}""", "the account was deactivated")]
    [TestCase("""{"op_password":"another password"}""", "the password was changed")]
    [TestCase("""[{"op":"add","path":"/op_password","value":"another password"}]""", "the password was changed")]
    public async Task Deactivation_and_a_new_password_end_the_session_at_once(string patch, string because)
    {
        var session = await TestSession.OpenAsync(Database, level: 1, "audit:read");
        (await session.CallAsync()).ShouldBe(HttpStatusCode.OK);

        (await (await Database.OwnerAsync()).PatchAsync($"{Accounts}/{session.OpId}", patch)).ShouldBe(HttpStatusCode.OK);

        (await session.CallAsync()).ShouldFail(401, "not_authenticated");
        (await TestSession.RefreshAsync(session.RefreshToken)).ShouldFail(401, "bad_refresh_token");
        var login = (string password) => ApiClient.Anonymous.PostAsync("/api/v1/auth/login", TestSession.Credentials(session.OpId, password), ("x-database", Database.Name));
        (await login(TestDatabase.Password)).ShouldFail(401, "bad_credentials");
        Assert.That((await login("another password")).Status, Is.EqualTo(because.Contains("password", StringComparison.Ordinal) ? HttpStatusCode.OK : HttpStatusCode.Unauthorized));
        Assert.That(await Database.QueryAsync<string>("select outcome from audit_entry where record_type = 'session' and record_ref = @OpId", new { session.OpId }), Is.EqualTo($"ended: {because}"));
    }

    [Test]
    public async Task Changed_rights_count_for_the_next_call()
    {
        var session = await TestSession.OpenAsync(Database, level: 1);
        (await session.CallAsync()).ShouldFail(403, "forbidden");

        (await (await Database.OwnerAsync()).PatchAsync($"{Accounts}/{session.OpId}", """{"permissions":["audit:read"]}""")).ShouldBe(HttpStatusCode.OK);

        (await session.CallAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task An_administrator_lifts_nobody_above_itself()
    {
        var admin = await TestSession.OpenAsync(Database, level: 9, "admin");
        var owner = await Database.AddOperatorAsync(level: 10);

        (await admin.Client.PatchAsync($"{Accounts}/{admin.OpId}", """{"op_level":10}""")).ShouldFail(403, "forbidden");
        (await admin.Client.PatchAsync($"{Accounts}/{owner}", """{"op_password":"another password"}""")).ShouldFail(403, "forbidden");
        (await admin.Client.PatchAsync($"{Accounts}/{owner}", """{"op_level":1}""")).ShouldFail(403, "forbidden");
        (await admin.Client.PostAsync(Accounts, New("x").With("op_level", 10))).ShouldFail(403, "forbidden");
        (await admin.Client.PatchAsync($"{Accounts}/{admin.OpId}", """{"op_name":"Mine"}""")).ShouldBe(HttpStatusCode.OK);
        var other = (await TestSession.OpenAsync(Database, level: 9, "integration:manage", "contact:edit", "audit:read")).Client;
        (await other.GetAsync(Accounts)).ShouldFail(403, "forbidden");
        (await other.PostAsync(Accounts, New("x"))).ShouldFail(403, "forbidden");
    }

    [Test]
    public async Task Of_the_last_two_administrators_who_demote_each_other_one_remains()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        await database.ExecuteAsync("update account set active = false");
        for (var round = 0; round < 5; round++)
        {
            var (a, b) = (await TestSession.OpenAsync(database, level: 1, "admin"), await TestSession.OpenAsync(database, level: 1, "admin"));
            await database.ExecuteAsync("update account set active = op_id in (@A, @B)", new { A = a.OpId, B = b.OpId });

            var answers = await Task.WhenAll(
                a.Client.PatchAsync($"{Accounts}/{b.OpId}", """{"permissions":[]}"""),
                b.Client.PatchAsync($"{Accounts}/{a.OpId}", """{"active":false}"""));

            Assert.That(await database.QueryAsync<int>("select count(*) from account where active and permissions @> '{admin}'"), Is.EqualTo(1), string.Join('\n', answers.Select(answer => answer.Body)));
        }
    }

    [Test]
    public async Task The_last_administrator_can_neither_leave_nor_be_demoted()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var last = await TestSession.OpenAsync(database);
        await database.ExecuteAsync("update account set active = op_id = @OpId", new { last.OpId });

        (await last.Client.PostAsync(Accounts, New(TestDatabase.Unique("op")).With("permissions", new JsonArray("admin")))).ShouldBe(HttpStatusCode.Created);
        foreach (var patch in new[] { """{"active":false}""", """{"op_level":9}""", """{"op_level":9,"permissions":["admin"]}""" })
        {
            (await last.Client.PatchAsync($"{Accounts}/{last.OpId}", patch)).ShouldFail(409, "conflict"); // the other could make no owner again
        }

        (await last.Client.PostAsync(Accounts, New(TestDatabase.Unique("op")).With("op_level", 10))).ShouldBe(HttpStatusCode.Created);
        (await last.Client.PatchAsync($"{Accounts}/{last.OpId}", """{"active":false}""")).ShouldBe(HttpStatusCode.OK);
    }

    private static JsonObject New(string opId) => new() { ["op_id"] = opId, ["op_name"] = "New", ["op_password"] = TestDatabase.Password };
}
