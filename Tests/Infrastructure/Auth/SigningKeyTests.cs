using System.Net;
using CrmImport.Infrastructure.Auth;
using CrmImport.Tests.Running;
using Dapper;
using Npgsql;

namespace CrmImport.Tests.Infrastructure.Auth;

/// <summary>The keys that sign access tokens: sealed where a secret says so, replaced with an overlap or at once, heard of by every replica.</summary>
public sealed class SigningKeyTests
{
    private const string Protection = "a secret of thirty-two characters";

    [Test]
    public async Task A_replaced_key_verifies_on_every_replica_until_it_retires_or_is_told_to_go_at_once()
    {
        var (name, settings) = await NewDatabaseAsync();
        await using var one = ServiceProcess.Start(settings);
        await using var other = ServiceProcess.Start(settings);
        var (first, second) = (await one.ListeningAsync(), await other.ListeningAsync());
        var old = await LogInAsync(settings, name, first);

        var kid = (await Commands.RunAsync(settings, "", "signing-key", "rotate", "--json")).ShouldExit(0).Json["kid"]!.GetValue<string>();
        var fresh = await LogInAsync(settings, name, first);
        foreach (var url in new[] { first, second })
        {
            (await CallAsync(old, url)).ShouldBe(HttpStatusCode.OK);
            (await CallAsync(fresh, url)).ShouldBe(HttpStatusCode.OK);
        }

        Assert.That(KidOf(fresh), Is.EqualTo(kid), "the new key signs");
        Assert.That(KidOf(old), Is.Not.EqualTo(kid));
        (await Commands.RunAsync(settings, "", "signing-key", "rotate", "--now", "--database", name)).ShouldExit(0);
        var since = System.Diagnostics.Stopwatch.StartNew();
        foreach (var url in new[] { first, second })
        {
            await ServiceProcess.UntilAsync(() => CallAsync(old, url), HttpStatusCode.Unauthorized);
            await ServiceProcess.UntilAsync(() => CallAsync(fresh, url), HttpStatusCode.Unauthorized);
        }

        Assert.That(since.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)));
        (await CallAsync(await LogInAsync(settings, name, second), first)).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Two_rotations_at_once_leave_one_key_that_signs()
    {
        var (name, settings) = await NewDatabaseAsync();

        var runs = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Commands.RunAsync(settings, "", "signing-key", "rotate", "--json")));

        var keys = (await Commands.RunAsync(settings, "", "signing-key", "list", "--json")).ShouldExit(0).Json.AsArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(runs.Select(run => run.ExitCode), Is.All.Zero);
            Assert.That(keys.Select(key => (string?)key!["state"]), Is.EquivalentTo(new[] { "signs", "verifies", "verifies" }));
            Assert.That(runs.Select(run => (string?)run.Json["kid"]), Does.Contain((string?)keys.Single(key => (string?)key!["state"] == "signs")!["kid"]));
            Assert.That(await QueryAsync<int>(settings, name, "select count(*)::int from audit_entry where account = '(console)' and kind = 'human' and route = 'signing-key rotate' and record_ref <> ''"), Is.EqualTo(2));
        }
    }

    [Test]
    public async Task Keys_are_sealed_where_a_secret_is_set_and_only_that_secret_opens_them()
    {
        var (name, settings) = await NewDatabaseAsync();
        (await Commands.RunAsync(settings, "", "migrate")).ShouldExit(0);
        var plain = await QueryAsync<byte[]>(settings, name, "select secret from signing_key");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $"{Protection}\n");

        var guarded = new Dictionary<string, string>(settings) { ["Auth__KeyProtection__File"] = file };
        (await Commands.RunAsync(guarded, "", "signing-key", "list")).ShouldExit(0);
        var stored = await QueryAsync<byte[]>(settings, name, "select secret from signing_key where sealed");
        var kid = await QueryAsync<string>(settings, name, "select kid from signing_key");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stored, Has.Length.EqualTo(plain.Length + 28));
            Assert.That(new KeyProtection(Protection).Unseal(kid, stored), Is.EqualTo(plain));
            Assert.That(new KeyProtection(Protection).Unseal("another", stored), Is.Null);
            Assert.That(new KeyProtection(Protection + ".").Unseal(kid, stored), Is.Null);
        }

        var unguarded = (await Commands.RunAsync(settings, "", "signing-key", "list")).ShouldExit(1);
        var mistaken = (await ServiceProcess.RunAsync(new Dictionary<string, string>(settings) { ["Auth__KeyProtection"] = Protection + "." }, "")).ShouldExit(1);
        var tooShort = (await ServiceProcess.RunAsync(new Dictionary<string, string>(settings) { ["Auth__KeyProtection"] = "geheim" }, "")).ShouldExit(1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(unguarded.Errors, Does.Contain(name).And.Contain(kid).And.Contain("Auth:KeyProtection is not set"));
            Assert.That(mistaken.Errors, Does.Contain(kid).And.Not.Contain(Protection));
            Assert.That(tooShort.Errors, Is.EqualTo("Auth:KeyProtection must have at least 32 characters."));
        }

        File.Delete(file);
    }

    [Test]
    public async Task A_token_of_a_key_that_is_retired_or_another_databases_or_sealed_under_another_secret_opens_nothing()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var session = await TestSession.OpenAsync(database);
        (await session.CallAsync()).ShouldBe(HttpStatusCode.OK);
        var keys = TenantCredentials.Of(database.Tenant).SigningKeys.Last;

        // Another database's key, brought here under another kid: sealed, it is not known here; plain, it is.
        var foreign = TenantCredentials.Of(ServiceUnderTest.A.Tenant).SigningKeys.Last.Keys[0];
        const string insert = "insert into signing_key (kid, secret, sealed, created_at, retires_at) values (@Kid, @Secret, @Sealed, now(), now() + interval '1 hour')";
        await database.ExecuteAsync(insert, new { Kid = "foreign", Secret = new KeyProtection(Protection).Seal("foreign", foreign.Secret), Sealed = true });
        await database.ExecuteAsync(insert, new { Kid = "own", foreign.Secret, Sealed = false });

        await ServiceProcess.UntilAsync(() => CallAsync(CredentialTests.Signed(session.AccessToken, "own", foreign.Secret)), HttpStatusCode.OK);
        (await CallAsync(CredentialTests.Signed(session.AccessToken, "foreign", foreign.Secret))).ShouldFail(401, "not_authenticated");
        (await CallAsync(CredentialTests.Signed(session.AccessToken, foreign.Kid, foreign.Secret))).ShouldFail(401, "not_authenticated");
        (await session.CallAsync()).ShouldBe(HttpStatusCode.OK);

        await database.ExecuteAsync("update signing_key set retires_at = now() where kid in ('own', @Kid)", new { keys.Keys[0].Kid });
        await ServiceProcess.UntilAsync(() => session.CallAsync(), HttpStatusCode.Unauthorized);
        (await CallAsync(CredentialTests.Signed(session.AccessToken, "own", foreign.Secret))).ShouldFail(401, "not_authenticated");
    }

    private static Task<ApiAnswer> CallAsync(string token, Uri? url = null) => new ApiClient(token, url).GetAsync("/api/v1/audit?size=1");

    private static string KidOf(string token) => CredentialTests.HeaderOf(token)["kid"]!.GetValue<string>();

    private static async Task<(string Name, Dictionary<string, string> Settings)> NewDatabaseAsync()
    {
        var name = $"cv_keys_{Guid.NewGuid():N}"[..20];
        return (name, new() { [$"Databases__{name}"] = await ServiceUnderTest.CreateDatabaseAsync(name) });
    }

    private static async Task<string> LogInAsync(Dictionary<string, string> settings, string name, Uri url)
    {
        var opId = TestDatabase.Unique("OP");
        await using var connection = new NpgsqlConnection(settings[$"Databases__{name}"]);
        await connection.ExecuteAsync(
            "insert into account (op_id, op_name, op_level, op_function, kind, password_hash, created_at) values (@OpId, 'Owner', 10, 1, 'operator', @Hash, now())",
            new { OpId = opId, Hash = await TestDatabase.HashedPasswordAsync() });
        return (await ApiClient.LogInAsync(name, opId, url)).AccessToken!;
    }

    private static async Task<T> QueryAsync<T>(Dictionary<string, string> settings, string name, string sql)
    {
        await using var connection = new NpgsqlConnection(settings[$"Databases__{name}"]);
        return await connection.QuerySingleAsync<T>(sql);
    }
}
