using System.Net;
using System.Net.Mime;
using System.Text;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Tenancy;
using MediatR;
using Microsoft.AspNetCore.Http.Features;

namespace CrmImport.Features.Sessions.IssueToken;

/// <summary><c>POST /oauth/token</c>: OAuth 2.0 client credentials (RFC 6749 §4.4), with an access key's id and secret.</summary>
internal static class IssueTokenEndpoint
{
    private const string ClientId = "client_id";
    private const string ClientSecret = "client_secret";
    private const string Scope = "scope";
    private const string Basic = "Basic ";

    private static readonly FormOptions Limits = new() { ValueCountLimit = 16, KeyLengthLimit = 64, ValueLengthLimit = 4096, BufferBodyLengthLimit = 16_384 };

    public static void Describe(RouteHandlerBuilder route) => route
        .WithName("IssueToken")
        .WithSummary("Exchange an access key for a token")
        .WithDescription(
            """
            OAuth 2.0 client credentials (RFC 6749 §4.4). client_id is the key's id, client_secret its secret: by Basic, or in the form. The token is valid for Auth:ServiceTokenMinutes and has the rights and
            the allowed addresses of the key's endpoint; it ends with the key. A scope narrows nothing: where one is asked for, the answer's scope says what the token permits. Failures have OAuth's error and error_description beside the envelope's members.
            """)
        .WithoutCompression()
        .TakesForm("TokenForm", ("grant_type", OAuth.GrantType, true), (ClientId, "The id of an access key", false), (ClientSecret, "The key's secret", false), (Scope, "Narrows nothing", false))
        .Produces(StatusCodes.Status400BadRequest)
        .Produces(StatusCodes.Status401Unauthorized)
        .Produces(StatusCodes.Status403Forbidden)
        .Produces(StatusCodes.Status415UnsupportedMediaType)
        .Produces<TokenBody>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenants tenants, IMediator mediator, CancellationToken cancellationToken)
    {
        var key = await ReadAsync(http, cancellationToken);
        var database = RequestedDatabase.Read(http, tenants);
        if ((key.Refusal ?? database.Refusal) is { } refusal)
        {
            return refusal;
        }

        var issued = await mediator.Send(new IssueTokenCommand(key.Value, database.Value, http.Connection.RemoteIpAddress), cancellationToken);
        http.Response.Headers.Pragma = "no-cache";
        var scoped = http.Request.Form.ContainsKey(Scope); // it was read and kept: a token has what its key may do, whatever was asked for
        return issued.ToResult(token => ReadableJson.ToResult(
            new TokenBody(token.Token, "Bearer", (int)token.Life.TotalSeconds, scoped ? string.Join(' ', token.Permissions) : null), IssueTokenJson.Default.TokenBody));
    }

    private static async Task<Answer<Credential>> ReadAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (http.Request.GetTypedHeaders().ContentType?.MediaType.Equals(MediaTypeNames.Application.FormUrlEncoded, StringComparison.OrdinalIgnoreCase) != true)
        {
            return new Refusal(ApiErrors.UnsupportedMediaType, $"Content-Type must be {MediaTypeNames.Application.FormUrlEncoded}") { OAuthError = "invalid_request" };
        }

        IFormCollection form;
        try
        {
            form = await http.Request.ReadFormAsync(Limits, cancellationToken);
        }
        catch (Exception exception) when (exception is InvalidDataException or NotSupportedException) // UTF-7, which .NET refuses by an exception of its own
        {
            return Invalid("body", exception is InvalidDataException ? exception.Message : "The form's charset is not supported");
        }

        if (form.FirstOrDefault(field => field.Value.Count > 1) is { Key: { } repeated })
        {
            return Invalid(repeated, $"{repeated} appears more than once");
        }

        if (form["grant_type"] is not [OAuth.GrantType])
        {
            return Refusal.Of(ApiErrors.InvalidParameter, "grant_type", $"grant_type must be {OAuth.GrantType}") with { OAuthError = form.ContainsKey("grant_type") ? "unsupported_grant_type" : "invalid_request" };
        }

        var authorization = http.Request.Headers.Authorization;
        if (authorization.Count == 0)
        {
            return form.ContainsKey(ClientId) && form.ContainsKey(ClientSecret)
                ? Credential.OfTicket(form[ClientId].ToString(), form[ClientSecret].ToString())
                : Invalid(ClientId, $"{ClientId} and {ClientSecret} are missing: send them by Basic or in the form");
        }

        if (form.ContainsKey(ClientSecret))
        {
            return Invalid(ClientSecret, $"{ClientId} and {ClientSecret} must be sent by Basic or in the form, not both");
        }

        var basic = OfBasic($"{authorization}");
        return form.ContainsKey(ClientId) && form[ClientId] != basic.Id ? Invalid(ClientId, $"{ClientId} is not the one that Basic has") : basic;
    }

    // Both halves are form-encoded before they are put together (RFC 6749 §2.3.1).
    private static Credential OfBasic(string authorization)
    {
        var bytes = new byte[authorization.Length];
        if (!authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase) || !Convert.TryFromBase64String(authorization[Basic.Length..].Trim(), bytes, out var length))
        {
            return default;
        }

        var halves = Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2);
        return halves.Length == 2 ? Credential.OfTicket(WebUtility.UrlDecode(halves[0]), WebUtility.UrlDecode(halves[1])) : default;
    }

    private static Refusal Invalid(string field, string message) => Refusal.Of(ApiErrors.InvalidParameter, field, message) with { OAuthError = "invalid_request" };
}

/// <summary>The token in OAuth's shape (RFC 6749 §5.1), its life in seconds; its scope, the permissions with spaces between, where one was asked for.</summary>
internal sealed record TokenBody(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] int ExpiresIn,
    [property: JsonPropertyName("scope"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Scope);

[JsonSerializable(typeof(TokenBody))]
internal sealed partial class IssueTokenJson : JsonSerializerContext;
