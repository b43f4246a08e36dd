using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Microsoft.AspNetCore.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>The names of the document's schemas, which generators make class names of.</summary>
internal static class SchemaNames
{
    private const string Body = "Body";

    /// <summary>The name of the type's schema; null where it is described in place.</summary>
    public static string? Of(JsonTypeInfo type)
    {
        var named = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        return named == typeof(JsonElement) || OpenApiOptions.CreateDefaultSchemaReferenceId(type) is null ? null : Of(named);
    }

    public static string Of(Type type)
    {
        var of = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        return of == typeof(PageBody<>) || of == typeof(ListPage<>) ? $"{Of(type.GenericTypeArguments[0])}Page"
            : of == typeof(SuccessBody<>) ? $"{Of(type.GenericTypeArguments[0])}Response"
            : type.GetCustomAttribute<DisplayNameAttribute>()?.DisplayName ?? WithoutEnding(type.Name);
    }

    public static string OfWrite(AnswersWrite answer) => $"{Of(answer.Record)}{(answer.OnlyIfPreferred ? "Upsert" : "Write")}Response";

    /// <summary>Whether the framework sees nothing of the type, because it is written by a converter.</summary>
    public static bool IsWrittenByConverter(Type? type) => type?.IsDefined(typeof(JsonConverterAttribute)) == true;

    private static string WithoutEnding(string name) => name.EndsWith(Body, StringComparison.Ordinal) ? name[..^Body.Length] : name;
}
