using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>Reads which database a request names: <c>x-database</c>, or Collect!'s <c>x-collect-database</c>.</summary>
internal static class DatabaseHeader
{
    public const string Name = "x-database";
    private const string CollectName = "x-collect-database";

    /// <summary>The name as sent; null where no header names one. Only ever looked up, never built into anything.</summary>
    public static Answer<string?> Read(HttpRequest request)
    {
        var names = request.Headers[Name].Concat(request.Headers[CollectName]).Distinct(StringComparer.Ordinal).ToArray();
        return names.Length > 1
            ? Refusal.Of(ApiErrors.DatabaseHeadersDiffer, Name, $"{Name} and {CollectName} name different databases")
            : names.SingleOrDefault();
    }
}
