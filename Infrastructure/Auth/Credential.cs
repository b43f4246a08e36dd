using System.Text;
using System.Text.Unicode;
using Microsoft.Extensions.Primitives;

namespace CrmImport.Infrastructure.Auth;

internal enum CredentialKind
{
    /// <summary>None at all, one that cannot be read, or several that disagree.</summary>
    None,

    /// <summary>An access token: <c>Authorization: Bearer</c>, or <c>OS_REST_AUTH_TOKEN</c> (sources: Collect!, Oneserve).</summary>
    Token,

    /// <summary>An access key: as a token is sent, as <c>X-Access-Key</c>, or in its two parts as <c>SOTicket</c> and <c>SO-AppToken</c> (sources: Neoserra, SuperOffice).</summary>
    Key,

    /// <summary>An op_id and its password: <c>Authorization: Basic</c> (source: InTouch).</summary>
    Password,
}

/// <summary>What a request shows to prove who calls: a token, or an id and its secret; and the database that a key names.</summary>
internal readonly record struct Credential(CredentialKind Kind, string Id, string Secret, string Database)
{
    private const string OneserveTokenHeader = "OS_REST_AUTH_TOKEN";
    private const string AccessKeyHeader = "X-Access-Key";
    private const string AppTokenHeader = "SO-AppToken";

    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";
    private const string Ticket = "SOTicket ";

    /// <summary>An account's op_id has no more characters.</summary>
    private const int MaxOpId = 50;

    private static Credential None => default;

    /// <summary>Of several that say the same, that one. A header that stands twice disagrees with itself.</summary>
    public static Credential Read(IHeaderDictionary headers)
    {
        StringValues authorization = headers.Authorization, token = headers[OneserveTokenHeader], key = headers[AccessKeyHeader], appToken = headers[AppTokenHeader];
        if (authorization.Count > 1 || token.Count > 1 || key.Count > 1 || appToken.Count > 1)
        {
            return None;
        }

        var found = None;
        return (authorization.Count == 0 || Agrees(ref found, OfAuthorization(authorization[0]!, appToken)))
            && (token.Count == 0 || Agrees(ref found, OfText(token[0]!)))
            && (key.Count == 0 || Agrees(ref found, OfKey(key[0]!)))
            ? found
            : None;
    }

    private static bool Agrees(ref Credential found, Credential another)
    {
        if (another.Kind == CredentialKind.None || (found.Kind != CredentialKind.None && found != another))
        {
            return false;
        }

        found = another;
        return true;
    }

    // SO-AppToken beside another scheme proves nothing: SuperOffice's clients send it always.
    private static Credential OfAuthorization(string value, StringValues appToken) =>
        Has(value, Bearer) ? OfText(value[Bearer.Length..].Trim())
        : Has(value, Ticket) && appToken.Count == 1 ? OfTicket(value[Ticket.Length..].Trim(), appToken[0]!)
        : Has(value, Basic) ? OfPassword(value[Basic.Length..])
        : None;

    private static bool Has(string value, string scheme) => value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase);

    private static Credential OfText(string text) =>
        AccessKeys.LooksLikeKey(text) ? OfKey(text)
        : text.Length == 0 ? None
        : new Credential(CredentialKind.Token, text, "", "");

    private static Credential OfKey(string text) =>
        AccessKeys.TryParse(text, out var keyId, out var database, out var secret) ? new Credential(CredentialKind.Key, keyId, secret, database) : None;

    /// <summary>A key by its id and its secret, from wherever they were read; none where the id is no key's.</summary>
    public static Credential OfTicket(string keyId, string secret) =>
        AccessKeys.TryParseId(keyId, out var database) ? new Credential(CredentialKind.Key, keyId, secret, database) : None;

    // The password is all that follows the first colon (RFC 7617). A NUL is in none, and hashing would not tell it from the end.
    private static Credential OfPassword(string encoded)
    {
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length) || !Utf8.IsValid(bytes.AsSpan(0, length)))
        {
            return None;
        }

        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var opId = colon < 0 ? "" : text[..colon].Trim();
        return opId.Length is 0 or > MaxOpId || text.Contains('\0', StringComparison.Ordinal) || text.Length - colon - 1 > PasswordHasher.MaxLength
            ? None
            : new Credential(CredentialKind.Password, opId, text[(colon + 1)..], "");
    }
}
