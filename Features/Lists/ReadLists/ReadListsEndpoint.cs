using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Lists.ReadLists;

/// <summary><c>GET /api/v1/admin/lists</c> and <c>…/lists/{name}/{id}</c>: the lists as administration has them, inactive items too.</summary>
internal static class ReadListsEndpoint
{
    public static void DescribeAll(RouteHandlerBuilder route) => route
        .WithName("ReadLists")
        .WithSummary("Read the lists")
        .WithDescription("data has each list under its name, its items in order, including inactive ones.")
        .Produces<SuccessBody<ManagedLists>>();

    public static void DescribeItem(RouteHandlerBuilder route) => route
        .WithName("ReadListItem")
        .WithSummary("Read an item of a list")
        .WithDescription("As PUT returns it.")
        .Produces<SuccessBody<ManagedListItem>>();

    public static async Task<IResult> ReadAllAsync(Tenant tenant, IMediator mediator, CancellationToken cancellationToken) =>
        (await mediator.Send(new ReadListsQuery(tenant, null, null), cancellationToken))
            .ToResult(lists => ReadableJson.ToResult(new SuccessBody<ManagedLists>(lists), ReadListsJson.Default.SuccessBodyManagedLists));

    public static async Task<IResult> ReadItemAsync(Tenant tenant, string name, string id, IMediator mediator, CancellationToken cancellationToken) =>
        (await mediator.Send(new ReadListsQuery(tenant, name, id), cancellationToken))
            .ToResult(lists => ReadableJson.ToResult(new SuccessBody<ManagedListItem>(lists[name].Single()), ReadListsJson.Default.SuccessBodyManagedListItem));
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<ManagedLists>))]
[JsonSerializable(typeof(SuccessBody<ManagedListItem>))]
internal sealed partial class ReadListsJson : JsonSerializerContext;
