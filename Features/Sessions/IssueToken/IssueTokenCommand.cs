using System.Net;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Mediation;
using MediatR;

namespace CrmImport.Features.Sessions.IssueToken;

/// <summary>Exchange an access key, by its id and its secret, for a token; <paramref name="Database"/> is the one that the request names, null for none.</summary>
[Unvalidated("a key is good or it is not; the form was checked where it was read")]
internal sealed record IssueTokenCommand(Credential Key, string? Database, IPAddress? Address) : IRequest<Answer<IssuedToken>>;

/// <summary>A token as it is handed out, once, for how long it is valid, and what it permits.</summary>
internal sealed record IssuedToken(string Token, TimeSpan Life, IReadOnlyList<string> Permissions);
