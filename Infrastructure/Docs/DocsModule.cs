using Carter;
using CrmImport.Infrastructure.Callers;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CrmImport.Infrastructure.Docs;

/// <summary><c>/docs/{page}</c>: the reference as HTML, for everybody. These are pages, not API, so the OpenAPI document leaves them out.</summary>
public sealed class DocsModule : ICarterModule
{
    private const string Html = "text/html; charset=utf-8";

    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var docs = app.MapGroup("/docs").Open().ExcludeFromDescription();
        foreach (var page in DocsPages.All)
        {
            // A route for each page: a parameter would also match, and hide, the files of the API page.
            docs.MapGet(page.Name, (HttpContext http) => Show(http, page));
        }

        if (app.ServiceProvider.GetRequiredService<IHostEnvironment>().IsDevelopment())
        {
            app.MapGet("/", () => TypedResults.LocalRedirect("/docs")).Open().ExcludeFromDescription(); // what a newcomer opens
        }
    }

    private static FileContentHttpResult Show(HttpContext http, DocsPage page)
    {
        http.Response.Headers.ContentSecurityPolicy = DocsLayout.SecurityPolicy;
        return TypedResults.Bytes(page.Html, Html);
    }
}
