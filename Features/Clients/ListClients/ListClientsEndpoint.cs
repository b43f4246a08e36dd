using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Clients.ListClients;

/// <summary><c>GET /api/v1/clients</c>: the clients' own fields, in pages (sources: InTouch, SuperOffice).</summary>
internal static class ListClientsEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("List clients")
        .WithDescription($"Ordered by ref, unless orderBy is given; without their contacts and locations. Accept: {ExportFormat.LinesType} or {ExportFormat.CsvType} exports every record that matches, in the order of the refs.")
        .TakesList(ClientFields.List, "name begins 'Demo' and not (postCode eq null)")
        .DescribesRecord<ClientItem>(ClientFields.Client)
        .Produces<PageBody<ClientItem>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, IMediator mediator, CancellationToken cancellationToken)
    {
        var rules = await tenant.Rules.ReadAsync(cancellationToken);
        return await ListExport.AnswerAsync(
            http,
            "clients",
            ListRequest.Read(http, ClientFields.List.In(rules)),
            client => [client.ClientRef],
            ListClientsJson.Default.PageBodyClientItem,
            ListClientsJson.Default.ClientItem,
            part => mediator.Send(new ListClientsQuery(tenant, rules.Of(ClientFields.Client), part), cancellationToken));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageBody<ClientItem>))]
internal sealed partial class ListClientsJson : JsonSerializerContext;
