using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Audit;

/// <summary>The audit of refused calls; changes are audited by the transactions that make them.</summary>
internal static class AuditRegistration
{
    /// <summary>After the databases, so that what waits is stored before they close.</summary>
    public static void AddAudit(this WebApplicationBuilder builder)
    {
        builder.AddSettings<AuditOptions>();
        builder.Services.AddSingleton<RefusedCalls>();
        builder.Services.AddHostedService<RefusedCallWriter>();
        builder.Services.AddHostedService<RefusedCallExpiry>();
    }
}
