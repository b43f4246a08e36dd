using Carter;
using CrmImport.Features.Sessions.CurrentPrincipal;
using CrmImport.Features.Sessions.IssueToken;
using CrmImport.Features.Sessions.Login;
using CrmImport.Features.Sessions.Logout;
using CrmImport.Features.Sessions.RefreshSession;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;

namespace CrmImport.Features.Sessions;

/// <summary>Sessions of operators (source: Collect! REST API), and who is calling (source: SuperOffice REST API).</summary>
public sealed class SessionsModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var oauth = app.MapGroup("").WithTags("Sessions").OnRecord(RecordTypes.Session).Open();
        oauth.MapPost(OAuth.TokenPath, IssueTokenEndpoint.HandleAsync).DescribedBy(IssueTokenEndpoint.Describe);
        oauth.MapGet(OAuth.MetadataPath, OAuth.ReadMetadata).DescribedBy(OAuth.DescribeMetadata);

        var sessions = app.MapGroup("/api/v1").WithTags("Sessions").OnRecord(RecordTypes.Session);
        sessions.MapPost("/auth/login", LoginEndpoint.HandleAsync).Open().DescribedBy(LoginEndpoint.Describe);
        sessions.MapPost("/auth/refresh", RefreshSessionEndpoint.HandleAsync).Open().DescribedBy(RefreshSessionEndpoint.Describe);
        sessions.MapPost("/auth/logout", LogoutEndpoint.HandleAsync).NeedsCaller().DescribedBy(LogoutEndpoint.Describe);
        sessions.MapGet("/User/currentPrincipal", CurrentPrincipalEndpoint.HandleAsync).NeedsCaller().DescribedBy(CurrentPrincipalEndpoint.Describe);
    }
}
