using System.Text.Json.Nodes;
using CrmImport.Features.Clients.EditClient;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Patches;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using CrmImport.Processes;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace CrmImport.Tests.Features.Clients.EditClient;

/// <summary>A proxy to PostgreSQL that breaks the connection at the first commit: before the server receives it, or after it has replied.</summary>
internal sealed class CommitCutter : IAsyncDisposable
{
    private readonly DatabaseProxy proxy;

    public CommitCutter(string connectionString, bool forwardsCommit)
    {
        proxy = new DatabaseProxy(DatabaseSettings.WithDefaults(connectionString));
        _ = proxy.CutNextCommitAsync(forwardsCommit ? CutPoint.Replied : CutPoint.Before);
    }

    /// <summary>The commits that were sent; the first was cut.</summary>
    public int Commits => proxy.Commits;

    /// <summary>The same database, through the proxy.</summary>
    public Tenant OpenTenant(Tenant tenant) =>
        new(tenant.Name, new(NpgsqlDataSource.Create(proxy.ConnectionString)), new(NpgsqlDataSource.Create(proxy.ConnectionString)), new QueryOptions(), NullLogger.Instance);

    public static Task<Answer<WriteAnswer>> EditClientAsync(Tenant tenant, string clientRef, string name)
    {
        var caller = new Caller(1, "TEST", "Test", 10, 1, "operator", [], Guid.Empty, new CallOrigin("127.0.0.1", "PATCH", "/test", Guid.NewGuid().ToString("N")));
        var edit = new RecordEdit(RecordEditMode.Patch, [clientRef], null, Patch.Of(new JsonObject { ["name"] = name }).Value, WriteConditions.None);
        return ServiceUnderTest.Services.GetRequiredService<IMediator>().Send(new EditClientCommand(tenant, caller, edit));
    }

    public ValueTask DisposeAsync() => proxy.DisposeAsync();
}
