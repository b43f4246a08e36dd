using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using MediatR;

namespace CrmImport.Features.Sessions.IssueToken;

/// <summary>The token names the key: what the key may do, from where, and whether it is still good is found out anew at each use.</summary>
internal sealed class IssueTokenHandler(ServiceKeys keys, KeyUse keyUse, AccessTokens tokens) : IRequestHandler<IssueTokenCommand, Answer<IssuedToken>>
{
    public async Task<Answer<IssuedToken>> Handle(IssueTokenCommand request, CancellationToken cancellationToken)
    {
        if (request.Key.Kind != CredentialKind.Key || await keys.FindAsync(request.Key, cancellationToken) is not { } key || (request.Database is { } named && named != key.Tenant.Name))
        {
            return new Refusal(ApiErrors.NotAuthenticated, "client_id and client_secret are not those of a valid access key of this database") { OAuthError = "invalid_client" };
        }

        if (!key.Addresses.Admits(request.Address))
        {
            return new Refusal(ApiErrors.AddressNotAllowed, "The access key's endpoint does not allow calls from this address") { OAuthError = "unauthorized_client" };
        }

        keyUse.Note(key);
        var (token, life) = await tokens.IssueAsync(key);
        return new IssuedToken(token, life, key.Caller.IsOwner ? Permissions.All : key.Caller.Permissions);
    }
}
