using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Imports.PreviewImport;

/// <summary>Proposes what columns may be whose names are no field's: by the names that other systems' exports have, or by two letters' difference at most.</summary>
internal static class ColumnProposals
{
    public const string Exact = "exact";
    public const string Spelling = "spelling";
    public const string Mapped = "mapping";
    public const string Alternate = "alternate";
    public const string Similar = "similar";

    private const int MaxDistance = 2;
    private const int LeastLength = 5; // of shorter names, too much is similar

    // As exports of Outlook, Google, HubSpot, Salesforce and of German and French spreadsheets have them; simplified.
    private static readonly Dictionary<string, string[]> Alternates = new(StringComparer.Ordinal)
    {
        ["clientRef"] = ["client", "clientid", "customer", "customerid", "customernumber", "customerno", "accountid", "companyid", "associatedcompanyid", "kunde", "kundennummer", "kundennr", "mandant", "numéroclient", "numeroclient", "codeclient"],
        ["contactRef"] = ["contact", "contactid", "id", "recordid", "externalid", "personid", "kontakt", "kontaktid", "kontaktnummer", "ansprechpartnernummer", "identifiant", "idcontact"],
        ["salutation"] = ["title", "nameprefix", "prefix", "anrede", "titel", "civilité", "civilite", "titre"],
        ["forename"] = ["firstname", "givenname", "first", "vorname", "prénom", "prenom"],
        ["surname"] = ["lastname", "familyname", "last", "nachname", "name", "familienname", "nom", "nomdefamille"],
        ["contact1"] = ["phone", "telephone", "phonenumber", "phone1value", "businessphone", "primaryphone", "telefon", "telefonnummer", "téléphone", "tel"],
        ["contact2"] = ["mobile", "mobilephone", "mobilephonenumber", "phone2value", "cell", "handy", "mobil", "mobiltelefon", "portable", "telmobile"],
        ["contact3"] = ["email", "emailaddress", "email1value", "mail", "emailadresse", "courriel", "adressemail", "adresseemail"],
        ["contact4"] = ["fax", "businessfax", "faxnumber", "telefax", "télécopie", "homephone", "otherphone"],
        ["address1"] = ["street", "streetaddress", "address", "addressline1", "mailingstreet", "businessstreet", "homestreet", "address1street", "straße", "strasse", "straßehausnummer", "adresse", "rue"],
        ["address2"] = ["city", "town", "addressline2", "mailingcity", "businesscity", "homecity", "address1city", "ort", "stadt", "ville"],
        ["address3"] = ["state", "county", "region", "addressline3", "stateregion", "mailingstate", "mailingstateprovince", "businessstate", "homestate", "address1region", "bundesland", "département", "departement"],
        ["address4"] = ["country", "countryregion", "addressline4", "mailingcountry", "businesscountryregion", "homecountryregion", "address1country", "land", "pays"],
        ["postCode"] = ["zip", "zipcode", "postalcode", "zippostalcode", "mailingzip", "mailingzippostalcode", "businesspostalcode", "homepostalcode", "address1postalcode", "plz", "postleitzahl", "codepostal", "cp"],
        ["notes"] = ["note", "comments", "comment", "description", "remarks", "bemerkung", "bemerkungen", "notizen", "remarques", "commentaires", "notice"],
        ["locations[0].locationRef"] = ["location", "locationid", "site", "siteid", "property", "propertyid", "uprn", "standort", "objekt", "site1"],
    };

    /// <summary>The columns with their fields, given or proposed; no field is proposed twice.</summary>
    public static IReadOnlyList<PreviewColumn> Of(IReadOnlyList<string> header, ImportMapping? mapping, RecordShape contact)
    {
        var columns = header.Select(name => Given(name, mapping, contact)).ToArray();
        var taken = columns.Select(column => column.Field).OfType<string>().ToHashSet(StringComparer.Ordinal);
        Propose(column => FindAlternate(column), Alternate);
        Propose(column => FindSimilar(column, contact), Similar);
        return columns;

        void Propose(Func<string, string?> find, string reason)
        {
            for (var i = 0; i < columns.Length; i++)
            {
                if (columns[i] is { Field: null, Reason: null } open && find(ColumnTarget.Simplify(Bare(open.Column))) is { } field && taken.Add(field))
                {
                    columns[i] = open with { Field = field, Reason = reason };
                }
            }
        }
    }

    private static PreviewColumn Given(string name, ImportMapping? mapping, RecordShape contact)
    {
        if (mapping?.Columns.TryGetValue(name.Trim(), out var mapped) == true)
        {
            return new(name, mapped is null ? null : ColumnTarget.Of(mapped, contact)?.Path, Mapped);
        }

        return ColumnTarget.Of(name, contact) is not { } target ? new(name, null, null) : new(name, target.Path, target.Path == name || target.Definition?.Name == name ? Exact : Spelling);
    }

    // "E-mail 1 - Value" and "Zip/Postal Code" are one word each.
    private static string Bare(string column) => string.Concat(column.Where(letter => char.IsLetterOrDigit(letter) || letter is ' ' or '_' or '-'));

    private static string? FindAlternate(string column) => Alternates.FirstOrDefault(field => field.Value.Contains(column)).Key;

    private static string? FindSimilar(string column, RecordShape contact) =>
        column.Length < LeastLength ? null
            : ColumnTarget.NamesOf(contact).Where(name => name.Length >= LeastLength && Distance(ColumnTarget.Simplify(name), column) <= MaxDistance)
                .OrderBy(name => Distance(ColumnTarget.Simplify(name), column)).Select(name => ColumnTarget.Of(name, contact)!.Path).FirstOrDefault();

    private static int Distance(string one, string other)
    {
        if (Math.Abs(one.Length - other.Length) > MaxDistance)
        {
            return int.MaxValue;
        }

        var costs = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var (diagonal, first) = (costs[0], i);
            costs[0] = first;
            for (var j = 1; j <= other.Length; j++)
            {
                var cost = Math.Min(Math.Min(costs[j], costs[j - 1]) + 1, diagonal + (one[i - 1] == other[j - 1] ? 0 : 1));
                (diagonal, costs[j]) = (costs[j], cost);
            }
        }

        return costs[other.Length];
    }
}
