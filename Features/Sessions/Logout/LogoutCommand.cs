using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Sessions.Logout;

/// <summary>End the caller's session.</summary>
[Unvalidated("the caller is known, and there is no input")]
internal sealed record LogoutCommand(Tenant Tenant, Caller Caller) : IRequest<Answer<Unit>>;
