using System.Net;
using System.Text;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Tests.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CrmImport.Tests.Infrastructure.Auth;

/// <summary>Api accounts, which send their password with every request (source: InTouch).</summary>
public sealed class BasicTests
{
    private const string Path = "/api/v1/User/currentPrincipal";

    private static TestDatabase Database => ServiceUnderTest.A;

    private static (string, string) InDatabase => ("x-database", Database.Name);

    internal static (string Name, string Value) Basic(string opId, string password = TestDatabase.Password, string scheme = "Basic") =>
        ("Authorization", $"{scheme} {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{opId}:{password}"))}");

    [Test]
    public async Task An_api_account_calls_with_its_password_in_any_case_of_its_op_id()
    {
        var opId = await Database.AddAccountAsync(AccountKinds.Api, 1, "contact:read");

        foreach (var header in new[] { Basic(opId), Basic(opId.ToLowerInvariant()), Basic(opId, scheme: "bAsIc") })
        {
            var answer = (await CallAsync(header, InDatabase)).ShouldBe(HttpStatusCode.OK);
            Assert.That($"{answer.Text("Associate")} {answer.Text("UserType")} {answer.Json["FunctionRights"]!.ToJsonString()}", Is.EqualTo($"{opId} api [\"contact:read\"]"));
        }

        (await CallAsync(Basic(opId), ("x-collect-database", Database.Name))).ShouldBe(HttpStatusCode.OK);
        (await ApiClient.Anonymous.GetAsync("/api/v1/audit", Basic(opId), InDatabase)).ShouldFail(403, "forbidden");
    }

    [Test]
    public async Task A_password_may_hold_colons_and_any_character()
    {
        const string password = "a:b::ü€😀 ";
        var opId = await Database.AddAccountAsync(AccountKinds.Api);
        var hash = await ServiceUnderTest.Services.GetRequiredService<PasswordHasher>().HashAsync(password, CancellationToken.None);
        await Database.ExecuteAsync("update account set password_hash = @hash where op_id = @opId", new { opId, hash });

        (await CallAsync(Basic(opId, password), InDatabase)).ShouldBe(HttpStatusCode.OK);
        ShouldAskForACredential(await CallAsync(Basic(opId, "a"), InDatabase));
    }

    [Test]
    public async Task Whatever_is_wrong_reads_the_same()
    {
        var opId = await Database.AddAccountAsync(AccountKinds.Api, level: 10);
        (await CallAsync(Basic(opId), InDatabase)).ShouldBe(HttpStatusCode.OK); // and so it is remembered
        ApiAnswer[] refused =
        [
            await CallAsync(Basic(opId, "wrong"), InDatabase),
            await CallAsync(Basic(TestDatabase.Unique("NOBODY")), InDatabase),
            await CallAsync(Basic(await Database.AddOperatorAsync(level: 10)), InDatabase),
            await CallAsync(Basic(await Database.AddAccountAsync(AccountKinds.Service, level: 10)), InDatabase),
            await CallAsync(Basic(opId), ("x-database", ServiceUnderTest.B.Name)),
            await CallAsync(Basic(opId), ("x-database", "cv_nosuchdatabase")),
            await CallAsync(InDatabase),
        ];

        using (Assert.EnterMultipleScope())
        {
            foreach (var answer in refused)
            {
                ShouldAskForACredential(answer);
                Assert.That(answer.Text("result_msg"), Is.EqualTo(refused[0].Text("result_msg")));
            }
        }
    }

    [TestCase("Basic")]
    [TestCase("Basic ")]
    [TestCase("Basic x")]
    [TestCase("Basic ====")]
    [TestCase("Basic T1dO")]
    [TestCase("Basic Om93bg==")]
    [TestCase("Basic 4pyT//86eA==")]
    [TestCase("Basic QQBCOng=")]
    [TestCase("Basic T1dOOm93bg==, Basic T1dOOm93bg==")]
    public async Task What_cannot_be_read_opens_nothing(string header) => ShouldAskForACredential(await CallAsync(("Authorization", header), InDatabase));

    [Test]
    public async Task A_password_with_a_NUL_behind_it_is_another()
    {
        var opId = await Database.AddAccountAsync(AccountKinds.Api, 10);
        (await CallAsync(Basic(opId, TestDatabase.Password), InDatabase)).ShouldBe(HttpStatusCode.OK);
        ShouldAskForACredential(await CallAsync(Basic(opId, TestDatabase.Password + "\0"), InDatabase));
    }

    [Test]
    public async Task An_op_id_or_a_password_that_is_too_long_opens_nothing()
    {
        ShouldAskForACredential(await CallAsync(Basic(new string('x', 51)), InDatabase));
        ShouldAskForACredential(await CallAsync(Basic("X", new string('x', 1025)), InDatabase));
    }

    [Test]
    public async Task Where_several_databases_are_served_one_must_be_named()
    {
        var opId = await Database.AddAccountAsync(AccountKinds.Api);

        Assert.That((await CallAsync(Basic(opId))).ShouldFail(400, "database_required").Problems, Is.EqualTo(new[] { "x-database database_required" }));
        (await CallAsync(Basic(opId), InDatabase, ("x-collect-database", ServiceUnderTest.B.Name))).ShouldFail(400, "database_headers_differ");
    }

    [Test]
    public async Task An_api_account_cannot_log_in_nor_log_out_nor_use_a_key()
    {
        var opId = await Database.AddAccountAsync(AccountKinds.Api, level: 10);

        (await ApiClient.Anonymous.PostAsync("/api/v1/auth/login", TestSession.Credentials(opId), InDatabase)).ShouldFail(401, "bad_credentials");
        (await ApiClient.Anonymous.PostAsync("/api/v1/auth/logout", "", Basic(opId), InDatabase)).ShouldFail(403, "forbidden");
    }

    [TestCase("update account set active = false where op_id = @opId")]
    [TestCase("update account set kind = 'operator' where op_id = @opId")]
    [TestCase("update account set password_hash = null where op_id = @opId")]
    public async Task A_remembered_password_is_forgotten_when_the_account_changes(string sql)
    {
        var opId = await Database.AddAccountAsync(AccountKinds.Api);
        (await CallAsync(Basic(opId), InDatabase)).ShouldBe(HttpStatusCode.OK);

        await Database.ExecuteAsync(sql, new { opId });

        await ServiceProcess.UntilAsync(() => CallAsync(Basic(opId), InDatabase), HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task Two_hundred_requests_share_few_verifications()
    {
        var options = new CountedOptions(ServiceUnderTest.Services.GetRequiredService<IOptions<AuthOptions>>());
        using var hasher = new PasswordHasher(options, ServiceUnderTest.Services.GetRequiredService<IOptions<LoginsOptions>>());
        var check = ActivatorUtilities.CreateInstance<PasswordCheck>(ServiceUnderTest.Services, hasher);
        var passwords = ActivatorUtilities.CreateInstance<ApiPasswords>(ServiceUnderTest.Services, check);
        var opId = await Database.AddAccountAsync(AccountKinds.Api);
        var attempt = new PasswordAttempt(Database.Tenant, Database.Name, AccountKinds.Api, opId, TestDatabase.Password, CallOrigin.Unknown);

        var made = options.Reads;
        await CallAsync(100);
        var together = (options.Reads - made) / CountedOptions.ReadsAVerification;
        for (var i = 0; i < 100; i++)
        {
            await CallAsync(1);
        }

        Assert.That(together, Is.InRange(1, 2), "verifications of a hundred requests at once");
        Assert.That((options.Reads - made) / CountedOptions.ReadsAVerification, Is.LessThanOrEqualTo(4), "and of a hundred more");

        await Database.ExecuteAsync("update account set op_name = 'Changed' where op_id = @opId", new { opId });
        TenantCredentials.Of(Database.Tenant).OnAccountChanged(await Database.QueryAsync<long>("select account_id from account where op_id = @opId", new { opId }));
        var before = options.Reads;
        await CallAsync(1);
        Assert.That(options.Reads, Is.GreaterThan(before), "a verification is counted");

        Task CallAsync(int times) => Task.WhenAll(Enumerable.Range(0, times).Select(async _ =>
            Assert.That((await passwords.FindAsync(attempt, CancellationToken.None)).Value.OpId, Is.EqualTo(opId))));
    }

    private static Task<ApiAnswer> CallAsync(params (string Name, string Value)[] headers) => ApiClient.Anonymous.GetAsync(Path, headers);

    private static void ShouldAskForACredential(ApiAnswer answer)
    {
        answer.ShouldFail(401, "not_authenticated");
        Assert.That(answer.Header("WWW-Authenticate"), Does.Contain("Basic realm="));
    }

    /// <summary>The hasher asks for the rounds when it compares a password, and again when that was right.</summary>
    private sealed class CountedOptions(IOptions<AuthOptions> options) : IOptions<AuthOptions>
    {
        public const int ReadsAVerification = 2;

        private int reads;

        public int Reads => reads;

        public AuthOptions Value
        {
            get
            {
                Interlocked.Increment(ref reads);
                return options.Value;
            }
        }
    }
}
