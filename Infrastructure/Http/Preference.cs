namespace CrmImport.Infrastructure.Http;

/// <summary>The <c>Prefer</c> header (RFC 7240): preferences are separated by commas, their parameters by semicolons, and a value may be quoted.</summary>
internal static class Preference
{
    public const string Representation = "return=representation";

    public static bool IsRepresentation(HttpRequest request) => Has(request, Representation);

    /// <summary>Whether the request has that preference, such as <c>respond-sync</c>.</summary>
    public static bool Has(HttpRequest request, string preference) =>
        request.Headers["Prefer"].ToString().Split(',', ';')
            .Any(part => part.Trim().Replace("\"", "", StringComparison.Ordinal).Equals(preference, StringComparison.OrdinalIgnoreCase));
}
