namespace CrmImport.Infrastructure.Http;

/// <summary>The <c>Prefer</c> header (RFC 7240): preferences are separated by commas, their parameters by semicolons, and a value may be quoted.</summary>
internal static class Preference
{
    public const string Representation = "return=representation";

    public static bool IsRepresentation(HttpRequest request) =>
        request.Headers["Prefer"].ToString().Split(',', ';')
            .Any(part => part.Trim().Replace("\"", "", StringComparison.Ordinal).Equals(Representation, StringComparison.OrdinalIgnoreCase));
}
