using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CrmImport.Tests;

/// <summary>One of the databases under test: what no route can set up yet is set up here in SQL, and what no route shows is read here.</summary>
internal sealed class TestDatabase(Tenant tenant, string connectionString)
{
    public const string Password = "correct horse";

    private static readonly Lazy<Task<string>> PasswordHash = new(() =>
        ServiceUnderTest.Services.GetRequiredService<PasswordHasher>().HashAsync(Password, CancellationToken.None));

    private readonly Lock gate = new();
    private Task<ApiClient>? owner;

    public static Task<string> HashedPasswordAsync() => PasswordHash.Value;

    public string Name => tenant.Name;

    public Tenant Tenant => tenant;

    public string ConnectionString => connectionString;

    /// <summary>A logged-in operator who may do everything, shared by all tests: never log in as it again.</summary>
    public Task<ApiClient> OwnerAsync()
    {
        lock (gate)
        {
            return owner ??= OpenAsync();
        }

        async Task<ApiClient> OpenAsync() => (await TestSession.OpenAsync(this)).Client;
    }

    /// <summary>An operator of its own for a test; the answer is its op_id.</summary>
    public Task<string> AddOperatorAsync(int level = 1, params string[] permissions) => AddAccountAsync(connectionString, AccountKinds.Operator, level, permissions);

    /// <summary>An account of its own for a test; the answer is its op_id.</summary>
    public Task<string> AddAccountAsync(string kind, int level = 1, params string[] permissions) => AddAccountAsync(connectionString, kind, level, permissions);

    /// <summary>An endpoint of a service account of its own, with a key; no addresses: it admits any.</summary>
    public async Task<TestKey> AddKeyAsync(int level = 10, string[]? permissions = null, params string[] addresses) =>
        await AddKeyAsync(await AddAccountAsync(AccountKinds.Service, level, permissions ?? []), addresses);

    /// <summary>An endpoint of that account, with a key.</summary>
    public async Task<TestKey> AddKeyAsync(string opId, params string[] addresses)
    {
        var (endpointId, key) = (Unique("endpoint"), AccessKeys.Generate(tenant.Name));
        await ExecuteAsync(
            """
            insert into endpoint (endpoint_id, name, account_id, allowed_addresses, created_at, created_by, updated_at, updated_by)
            select @endpointId, @endpointId, account_id, @addresses, now(), 'test', now(), 'test' from account where op_id = @opId;
            insert into access_key (key_id, endpoint_id, secret_hash, created_at, created_by) values (@KeyId, @endpointId, @SecretHash, now(), 'test')
            """,
            new { endpointId, addresses, opId, key.KeyId, key.SecretHash });
        return new TestKey(opId, endpointId, key.KeyId, key.AccessKey, key.Secret);
    }

    /// <summary>A client of its own for a test, with the locations it needs.</summary>
    public async Task<string> AddClientAsync(params string[] locationRefs)
    {
        var clientRef = Unique("client");
        await ExecuteAsync(
            """
            insert into client (client_ref, name, created_at, created_by, updated_at, updated_by) values (@ClientRef, 'Test', now(), 'test', now(), 'test');
            insert into location (client_ref, location_ref, usage_type_id, created_at, created_by, updated_at, updated_by)
            select @ClientRef, location_ref, 2, now(), 'test', now(), 'test' from unnest(@LocationRefs) as l (location_ref)
            """,
            new { ClientRef = clientRef, LocationRefs = locationRefs });
        return clientRef;
    }

    public async Task ExecuteAsync(string sql, object? parameters = null)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.ExecuteAsync(sql, parameters);
    }

    public async Task<T> QueryAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        return await connection.QuerySingleAsync<T>(sql, parameters);
    }

    public static string Unique(string prefix) => $"{prefix}-{Guid.NewGuid():N}"[..24];

    private static async Task<string> AddAccountAsync(string connectionString, string kind, int level, string[] permissions)
    {
        var opId = Unique("OP");
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.ExecuteAsync(
            """
            insert into account (op_id, op_name, op_level, op_function, kind, permissions, password_hash, created_at)
            values (@OpId, 'Test Operator', @Level, 1, @Kind, @Permissions, @PasswordHash, now())
            """,
            new { OpId = opId, Kind = kind, Level = level, Permissions = permissions, PasswordHash = await PasswordHash.Value });
        return opId;
    }
}

/// <summary>An access key, and whose it is.</summary>
internal sealed record TestKey(string OpId, string EndpointId, string KeyId, string AccessKey, string Secret)
{
    public (string Name, string Value) Header => ("X-Access-Key", AccessKey);

    public (string Name, string Value) Bearer => ("Authorization", $"Bearer {AccessKey}");

    /// <summary>The key in its two parts, as SuperOffice's clients send it.</summary>
    public (string Name, string Value)[] Ticket => [("Authorization", $"SOTicket {KeyId}"), ("SO-AppToken", Secret)];
}
