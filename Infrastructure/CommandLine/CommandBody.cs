using System.Net.Mime;
using System.Text;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Records.Writes;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary>A command's record as the body of a request, so that it is read by the same rules as the API's.</summary>
internal static class CommandBody
{
    public static JsonBytes Of(JsonObject body)
    {
        var text = Encoding.UTF8.GetBytes(body.ToJsonString());
        return new JsonBytes(MediaTypeNames.Application.Json, text, text);
    }

    /// <summary>A change of the record with these keys, whatever its version: it passes in a database that requires versions, too.</summary>
    public static Answer<RecordEdit> Change(JsonObject patch, IReadOnlyList<string> keys)
    {
        var edit = RecordEdit.Change(Of(patch), keys);
        return edit.Refusal is { } refusal ? refusal : edit.Value with { Conditions = WriteConditions.AnyVersion };
    }

    /// <summary>Sets a member if it was given.</summary>
    public static void Set(this JsonObject body, string name, JsonNode? value)
    {
        if (value is not null)
        {
            body[name] = value;
        }
    }
}
