using System.Globalization;
using System.Text;
using CrmImport.Infrastructure.Answers;
using Microsoft.AspNetCore.WebUtilities;

namespace CrmImport.Infrastructure.Docs;

/// <summary>The error catalogue as a page: every code by its status, under a heading that is its anchor.</summary>
internal static class ErrorsPage
{
    private const string Introduction =
        """
        # Errors

        Every failure has the same body, even when the request was not valid HTTP. It lists all problems of the request, in the order of the fields.

        ```json
        {"result":"fail","result_msg":"surname is longer than 80 characters","status":400,"code":"field_too_long","trace_id":"…",
         "problems":[{"level":"SEVERE","field":"surname","code":"field_too_long","message":"surname is longer than 80 characters"}],"ok":false}
        ```

        Decide by `code`: it is stable and never reused. Messages may change. `trace_id` finds the request in the log and in the audit.

        """;

    public static string Markdown()
    {
        var page = new StringBuilder(Introduction);
        foreach (var errors in ApiErrors.All.GroupBy(error => error.Status))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {errors.Key} {ReasonPhrases.GetReasonPhrase(errors.Key)}\n");
            foreach (var error in errors)
            {
                page.Append(CultureInfo.InvariantCulture, $"\n### [{error.Code}](#{error.Code})\n\n{error.Meaning}\n");
            }
        }

        return page.ToString();
    }
}
