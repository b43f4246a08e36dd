using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Integrations.RevokeKey;

/// <summary>Revoke a key of an endpoint, for good, or try to.</summary>
[Unvalidated("a key that cannot exist is not found")]
internal sealed record RevokeKeyCommand(Tenant Tenant, Caller Caller, string EndpointId, string KeyId, WriteConditions Conditions) : IRequest<Answer<WriteAnswer>>, IKeyedWrite;
