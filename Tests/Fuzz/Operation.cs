using System.Text.Json.Nodes;

namespace CrmImport.Fuzz;

/// <summary>An operation of the OpenAPI document: its parameters by place, the schema of its body by media type, and the fields that it can select, filter and order by.</summary>
internal sealed record Operation(
    string Method,
    string Path,
    IReadOnlyList<string> PathParameters,
    IReadOnlyDictionary<string, JsonObject> Query,
    IReadOnlyList<string> Headers,
    IReadOnlyDictionary<string, JsonObject> Bodies,
    IReadOnlyList<string> Fields)
{
    /// <summary>How often it is sent. Every password is hashed, which takes a tenth of a second; and a session that is ended at once is of no use.</summary>
    public double Weight =>
        Path.EndsWith("/logout", StringComparison.Ordinal) ? 0.05
        : Path.EndsWith("/login", StringComparison.Ordinal) || (Area == "accounts" && Bodies.Count > 0) ? 0.2
        : 1;

    /// <summary>The area that decides what an <c>id</c> or a <c>name</c> in the path is: parties, lists, endpoints …</summary>
    public string Area => Path.Split('/').FirstOrDefault(part => part is "parties" or "lists" or "MDOList" or "endpoints" or "accounts" or "auth" or "settings") ?? "";
}
