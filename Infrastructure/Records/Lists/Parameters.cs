using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>Query parameters that may stand once.</summary>
internal static class Parameters
{
    /// <summary>A switch: false where the parameter is absent.</summary>
    public static Answer<bool> Flag(IQueryCollection query, string name) => (string?)query[name] switch
    {
        null => false,
        var text when bool.TryParse(text, out var flag) => flag,
        "1" => true,
        "0" => false,
        _ => Refusal.Of(ApiErrors.InvalidParameter, name, $"{name} must be true or false"),
    };

    /// <summary>The parameter's text; null where it is absent, or refused because it stands twice or cannot be text.</summary>
    public static string? Single(IQueryCollection query, string name, List<Problem> problems)
    {
        var values = query[name];
        var fault = values.Count > 1 ? $"{name} appears more than once"
            : StorableText.FirstFault(values.ToString()) >= 0 ? $"{name} contains a NUL or a lone surrogate"
            : null;
        if (fault is not null)
        {
            problems.Add(Problem.Severe(ApiErrors.InvalidParameter, name, fault));
        }

        return values.Count == 0 || fault is not null ? null : values.ToString();
    }
}
