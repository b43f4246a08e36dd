using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Integrations.RevokeKey;

/// <summary>Revoke a key of an endpoint, for good, or try to.</summary>
[Unvalidated("a key that cannot exist is not found")]
internal sealed record RevokeKeyCommand(Tenant Tenant, Caller Caller, string EndpointId, string KeyId, bool IsDryRun) : IRequest<Answer<RevokedKey>>;

/// <summary>The key, and whether it was revoked now or before.</summary>
internal sealed record RevokedKey(KeyItem Key, WriteOutcome Outcome);
