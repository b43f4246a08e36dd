using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using MediatR;

namespace CrmImport.Features.Sessions.CurrentPrincipal;

internal sealed class CurrentPrincipalHandler : IRequestHandler<CurrentPrincipalQuery, Answer<Principal>>
{
    public Task<Answer<Principal>> Handle(CurrentPrincipalQuery request, CancellationToken cancellationToken)
    {
        var caller = request.Caller;
        return Task.FromResult<Answer<Principal>>(new Principal(
            caller.AccountId, caller.OpId, caller.OpName, caller.Kind, caller.OpLevel, caller.OpFunction, request.Tenant.Name, [.. Permissions.All.Where(caller.Can)]));
    }
}
