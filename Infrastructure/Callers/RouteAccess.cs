namespace CrmImport.Infrastructure.Callers;

/// <summary>What a route asks of its caller. Every route states it; one that does not is refused.</summary>
internal sealed record RouteAccess(bool IsOpen, IReadOnlyList<string> AnyOf)
{
    private static readonly string[] Administrative = [Permissions.Admin, Permissions.IntegrationManage];

    /// <summary>Whether the route also works while the database's API is switched off: administration does, or nobody could switch it on again.</summary>
    public bool WorksWhenDisabled { get; init; } = AnyOf.Count > 0 && AnyOf.All(Administrative.Contains);
}

internal static class RouteAccessExtensions
{
    /// <summary>Anybody may call: the route looks after itself.</summary>
    public static TBuilder Open<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new RouteAccess(true, []));

    /// <summary>Only a caller who holds one of the permissions; none named: any authenticated caller.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder builder, params string[] anyOf)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new RouteAccess(false, anyOf));

    /// <summary>Any authenticated caller, also while the database's API is switched off: what a caller does with its own session.</summary>
    public static TBuilder NeedsCaller<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new RouteAccess(false, []) { WorksWhenDisabled = true });
}
