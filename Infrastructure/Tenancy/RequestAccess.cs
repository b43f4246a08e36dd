using CrmImport.Infrastructure.Callers;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>What a request's credential opens: a database, and who calls.</summary>
internal sealed record RequestAccess(Tenant Tenant, Caller Caller)
{
    /// <summary>Leaves it with the request, for handlers and for the audit.</summary>
    public void Attach(HttpContext http)
    {
        http.Features.Set(this);
        http.Features.Set(Caller);
    }
}
