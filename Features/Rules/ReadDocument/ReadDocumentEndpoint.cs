using System.Security.Cryptography;
using System.Text.Json;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ReadDocument;

/// <summary><c>GET /openapi/{database}.json</c>: the OpenAPI document of the caller's database.</summary>
internal static class ReadDocumentEndpoint
{
    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, string database, IMediator mediator, CancellationToken cancellationToken)
    {
        var precondition = Precondition.Read(http.Request);
        return precondition.Refusal ?? (await mediator.Send(new ReadDocumentQuery(tenant, database), cancellationToken)).ToResult(document =>
        {
            var bytes = JsonSerializer.SerializeToUtf8Bytes(document);
            return precondition.Value.Answer(http, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..8])}\"", () => TypedResults.Bytes(bytes, "application/json; charset=utf-8"));
        });
    }
}
