using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Telemetry;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Sessions.Login;

/// <summary><c>POST /api/v1/auth/login</c>: an operator's id and password for a session (source: Collect! REST API).</summary>
internal static class LoginEndpoint
{
    public static readonly Field OpId = new("op_id", FieldKind.Text) { Mandatory = true, Key = true, MaxLength = 50, Description = "The operator's id, case-insensitive" };
    public static readonly Field OpPassword = new("op_password", FieldKind.Text) { Mandatory = true, MaxLength = PasswordHasher.MaxLength, Description = "The operator's password" };
    public static readonly RecordShape Credentials = new([OpId, OpPassword]) { Name = "Login", Example = """{"op_id":"OWN","op_password":"own"}""" };

    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Log in")
        .WithDescription("Ends the operator's earlier session. If several databases are served, the header x-database selects one.")
        .TakesRecord(Credentials)
        .WithoutCompression()
        .SelectsDatabase()
        .AnswersExample(SessionBody.Example)
        .Produces(StatusCodes.Status401Unauthorized)
        .Produces(StatusCodes.Status403Forbidden)
        .Produces(StatusCodes.Status429TooManyRequests)
        .Produces<SessionBody>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenants tenants, IMediator mediator, CrmMetrics metrics, CallOrigin origin, CancellationToken cancellationToken)
    {
        var named = RequestedDatabase.Read(http, tenants);
        var database = named.Refusal is { } refusal ? refusal : tenants.ForLogin(http, named.Value);
        if (database.Refusal is not null)
        {
            return database.Refusal;
        }

        var body = await JsonBody.ReadRecordAsync(http, Credentials, cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        http.Features.Set(new ClaimedAccount(body.Value.Content.Text(OpId)));
        var session = await mediator.Send(new LoginCommand(database.Value.Tenant, database.Value.Name, body.Value.Content, origin), cancellationToken);
        metrics.LogInAnswered(session.Refusal);
        return session.ToResult(SessionBody.Result);
    }
}
