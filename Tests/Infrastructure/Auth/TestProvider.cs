using System.Net.Http.Json;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace CrmImport.Tests.Infrastructure.Auth;

/// <summary>An identity provider of a test's own: OpenIddict's server with one client, whose key can be changed and which can be away; and forged tokens in its name.</summary>
internal sealed class TestProvider : IAsyncDisposable
{
    public const string Audience = "crm";
    public const string KeyId = "first";

    private readonly WebApplication app;
    private volatile JsonObject claims = [];
    private volatile bool isAway;
    private int discoveries;

    private TestProvider(WebApplication app, RsaSecurityKey key) => (this.app, Key) = (app, key);

    /// <summary>What it signs with.</summary>
    public RsaSecurityKey Key { get; private set; }

    /// <summary>The <c>iss</c> of its tokens.</summary>
    public string Issuer => $"{app.Urls.Single()}/";

    /// <summary>How often its discovery document was asked for.</summary>
    public int Discoveries => discoveries;

    /// <summary>Whether it breaks off every connection.</summary>
    public bool IsAway { set => isAway = value; }

    /// <summary>The settings of a service that accepts its tokens for the service's own database.</summary>
    public (string Name, string Value)[] Settings => [("Oidc:Databases:{database}:Issuer", Issuer), ("Oidc:Databases:{database}:Audience", Audience)];

    public static RsaSecurityKey NewKey(string id, int bits = 2048) => new(RSA.Create(bits)) { KeyId = id };

    public static async Task<TestProvider> StartAsync()
    {
        var key = NewKey(KeyId);
        TestProvider? provider = null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddOpenIddict().AddServer(server => server
            .EnableDegradedMode()
            .SetTokenEndpointUris("token")
            .AllowClientCredentialsFlow()
            .AddSigningKey(key)
            .AddEphemeralEncryptionKey()
            .DisableAccessTokenEncryption()
            .AddEventHandler<ValidateTokenRequestContext>(validation => validation.UseInlineHandler(_ => default)) // any client, and its word
            .AddEventHandler<HandleTokenRequestContext>(handling => handling.UseInlineHandler(context =>
            {
                context.Principal = provider!.PrincipalOf(context.Request.ClientId!);
                return default;
            }))
            .UseAspNetCore().DisableTransportSecurityRequirement());
        var app = builder.Build();
        app.Use((http, next) => provider!.PassAsync(http, next));
        app.UseAuthentication();
        provider = new TestProvider(app, key);
        await app.StartAsync();
        return provider;
    }

    /// <summary>An access token as it issues it to that client, with further claims.</summary>
    public async Task<string> IssueAsync(string clientId, string further = "{}")
    {
        claims = JsonNode.Parse(further)!.AsObject();
        using var http = new HttpClient();
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", clientId), new("client_secret", "any")]);
        using var answer = await http.PostAsync(new Uri($"{Issuer}token"), form);
        var body = await answer.Content.ReadFromJsonAsync<JsonObject>();
        return body?["access_token"]?.GetValue<string>() ?? throw new InvalidOperationException($"{body}");
    }

    /// <summary>A token that says what the test wants it to; null leaves a claim or a header out.</summary>
    public string Forge(string opId, Dictionary<string, object?>? change = null, Dictionary<string, object?>? header = null, SigningCredentials? signing = null)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var all = new Dictionary<string, object?> { ["iss"] = Issuer, ["aud"] = Audience, ["sub"] = opId, ["iat"] = now - 120, ["nbf"] = now - 120, ["exp"] = now + 300 };
        foreach (var (name, value) in change ?? [])
        {
            all[name] = value;
        }

        var typ = header is not null && header.TryGetValue("typ", out var named) ? named : "at+jwt";
        var descriptor = new SecurityTokenDescriptor
        {
            TokenType = (string?)typ,
            Claims = all.Where(claim => claim.Value is not null).ToDictionary(claim => claim.Key, claim => claim.Value!),
            AdditionalHeaderClaims = (header ?? []).Where(claim => claim.Key != "typ").ToDictionary(claim => claim.Key, claim => claim.Value!),
            SigningCredentials = signing ?? new SigningCredentials(Key, SecurityAlgorithms.RsaSha256),
        };
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(descriptor);
    }

    /// <summary>Signs with another key from now on, and shows no other.</summary>
    public void ChangeKey(RsaSecurityKey key)
    {
        Key = key;
        var signing = app.Services.GetRequiredService<IOptionsMonitor<OpenIddictServerOptions>>().CurrentValue.SigningCredentials;
        signing.Clear();
        signing.Add(new SigningCredentials(key, SecurityAlgorithms.RsaSha256));
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private Task PassAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Request.Path.Value!.EndsWith("/openid-configuration", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref discoveries);
        }

        if (isAway)
        {
            http.Abort();
            return Task.CompletedTask;
        }

        return next(http);
    }

    private ClaimsPrincipal PrincipalOf(string clientId)
    {
        var identity = new ClaimsIdentity("test", OpenIddictConstants.Claims.Name, OpenIddictConstants.Claims.Role);
        identity.SetClaim(OpenIddictConstants.Claims.Subject, clientId);
        foreach (var (name, value) in claims)
        {
            _ = value is JsonValue ? identity.SetClaim(name, value.GetValue<string>()) : identity.SetClaim(name, value);
        }

        identity.SetResources(Audience);
        identity.SetDestinations(_ => [OpenIddictConstants.Destinations.AccessToken]);
        return new ClaimsPrincipal(identity);
    }
}
