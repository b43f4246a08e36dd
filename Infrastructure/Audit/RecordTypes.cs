namespace CrmImport.Infrastructure.Audit;

/// <summary>The kinds of record that audit entries name, of changes and of refused calls alike.</summary>
internal static class RecordTypes
{
    public const string Contact = "contact";
    public const string Client = "client";
    public const string Location = "location";
    public const string Activity = "activity";
    public const string Session = "session";
    public const string Account = "account";
    public const string Endpoint = "endpoint";
    public const string AccessKey = "access_key";
    public const string ListItem = "list_item";
    public const string FieldRequirement = "field_requirement";
    public const string CustomField = "custom_field";
    public const string Settings = "settings";
    public const string SigningKey = "signing_key";
    public const string Database = "database";
    public const string Import = "import";
}

/// <summary>The kind of record a route is about, for the audit of calls that are refused.</summary>
internal sealed record RouteRecord(string Type);

internal static class RouteRecordExtensions
{
    /// <summary>Names the kind of record, one of <see cref="RecordTypes"/>; a group's routes may name another.</summary>
    public static TBuilder OnRecord<TBuilder>(this TBuilder builder, string type)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new RouteRecord(type));
}
