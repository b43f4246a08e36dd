using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>How callers say who they are, and for which database.</summary>
internal static class CredentialDescriptions
{
    public const string DatabaseHeader = "x-database";

    private const string Bearer = "bearer";
    private const string Oneserve = "oneserve";
    private const string Basic = "basic";
    private const string Key = "accessKey";
    private const string Ticket = "soTicket";
    private const string AppToken = "soAppToken";

    public static Dictionary<string, IOpenApiSecurityScheme> Schemes() => new()
    {
        [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "The access token from a login, an access key, or an access token of the database's identity provider" },
        [Oneserve] = Header("OS_REST_AUTH_TOKEN", "The same token or key under Oneserve's name"),
        [Basic] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "basic", Description = "The op_id and password of an api account" },
        [Key] = Header("X-Access-Key", "An access key of a service account's endpoint"),
        [Ticket] = Header("Authorization", "SOTicket and the id of an access key, together with SO-AppToken"),
        [AppToken] = Header("SO-AppToken", "The secret of the access key that SOTicket names"),
    };

    /// <summary>Any one of them; a ticket and its secret count as one.</summary>
    public static List<OpenApiSecurityRequirement> Any(OpenApiDocument document) =>
        [Demand(document, Bearer), Demand(document, Oneserve), Demand(document, Basic), Demand(document, Key), Demand(document, Ticket, AppToken)];

    /// <summary>The header that names the database, for example that one.</summary>
    public static OpenApiParameter Database(string? example) => new()
    {
        Name = DatabaseHeader,
        In = ParameterLocation.Header,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^cv_[a-z0-9_]{1,59}$" },
        Example = example,
        Description = "The database; at login and beside Basic required if several are served, otherwise the credential's own",
    };

    private static OpenApiSecurityScheme Header(string name, string description) =>
        new() { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = name, Description = description };

    private static OpenApiSecurityRequirement Demand(OpenApiDocument document, params string[] together)
    {
        var requirement = new OpenApiSecurityRequirement();
        foreach (var scheme in together)
        {
            requirement[new OpenApiSecuritySchemeReference(scheme, document)] = [];
        }

        return requirement;
    }
}
