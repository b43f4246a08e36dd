using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Integrations.RevokeKey;

/// <summary>Revoke a key of an endpoint, for good, or try to.</summary>
internal sealed record RevokeKeyCommand(Tenant Tenant, Caller Caller, string EndpointId, string KeyId, bool IsDryRun) : IRequest<Answer<RevokedKey>>;

/// <summary>Nothing to check: a key that cannot exist is not found.</summary>
internal sealed class RevokeKeyValidator : AbstractValidator<RevokeKeyCommand>;

/// <summary>The key, and whether it was revoked now or before.</summary>
internal sealed record RevokedKey(KeyItem Key, WriteOutcome Outcome);
