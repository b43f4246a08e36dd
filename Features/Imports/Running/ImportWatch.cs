using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Features.Imports.Running;

/// <summary>Waits for news of an import.</summary>
internal sealed class ImportWatch : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1); // news can be missed

    private readonly Tenant tenant;
    private readonly string importId;
    private readonly SemaphoreSlim told = new(0);

    public ImportWatch(Tenant tenant, Guid importId)
    {
        (this.tenant, this.importId) = (tenant, importId.ToString());
        tenant.Changed += OnChanged;
    }

    /// <summary>Until there is news, or there may be some.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => told.WaitAsync(Longest, cancellationToken);

    public void Dispose()
    {
        tenant.Changed -= OnChanged;
        told.Dispose();
    }

    private void OnChanged(string kind, string key)
    {
        if (kind == "import" && key == importId)
        {
            told.Release();
        }
    }
}
