using System.Text;
using System.Text.Json.Nodes;
using CrmImport.Features.Clients.EditClient;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Patches;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using CrmImport.Tests.Running;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace CrmImport.Tests.Features.Clients.EditClient;

/// <summary>A wire to PostgreSQL that breaks at the first commit: before the server hears it, or after it has answered.</summary>
internal sealed class CommitCutter : IAsyncDisposable
{
    private static readonly byte[] Commit = Encoding.ASCII.GetBytes("COMMIT\0");

    private readonly Wire wire;
    private int commits;

    public CommitCutter(string connectionString, bool forwardsCommit) =>
        wire = new Wire(connectionString, piece =>
            piece.Span.IndexOf(Commit) < 0 || Interlocked.Increment(ref commits) > 1 ? Wire.Passage.Free
            : forwardsCommit ? Wire.Passage.FreeThenCut
            : Wire.Passage.Lost);

    /// <summary>The commits that were sent; the first was cut.</summary>
    public int Commits => commits;

    /// <summary>The same database, reached over this wire.</summary>
    public Tenant OpenTenant(Tenant tenant) =>
        new(tenant.Name, new(NpgsqlDataSource.Create(wire.ConnectionString)), new(NpgsqlDataSource.Create(wire.ConnectionString)), NullLogger.Instance);

    public static Task<Answer<WriteAnswer>> EditClientAsync(Tenant tenant, string clientRef, string name)
    {
        var caller = new Caller(1, "TEST", "Test", 10, 1, "operator", [], Guid.Empty, new CallOrigin("127.0.0.1", "PATCH", "/test", Guid.NewGuid().ToString("N")));
        var edit = new RecordEdit(RecordEditMode.Patch, [clientRef], null, Patch.Of(new JsonObject { ["name"] = name }).Value, WriteDemands.None);
        return ServiceUnderTest.Services.GetRequiredService<IMediator>().Send(new EditClientCommand(tenant, caller, edit));
    }

    public ValueTask DisposeAsync() => wire.DisposeAsync();
}
