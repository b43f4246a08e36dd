using System.Globalization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Imports.Reading;

/// <summary>Reads what an import's caller asks for, from the query or a form.</summary>
internal static class ImportParameters
{
    public const string Name = "name";
    public const string FileName = "fileName";
    public const string From = "from";
    public const string Delimiter = "delimiter";
    public const string Encoding = "encoding";

    private const string Mode = "mode";
    private const string Operation = "operation";
    private const string Blank = "blank";
    private const string OnDuplicate = "onDuplicate";
    private const string Locations = "locations";
    private const string DryRun = "dryRun";
    private const string MaxRejects = "maxRejects";
    private const string MaxRejectsPercent = "maxRejectsPercent";
    private const string Sheet = "sheet";

    private const int MaxName = 255;

    private static readonly string[] Known =
        [Mode, Operation, Blank, OnDuplicate, Locations, DryRun, MaxRejects, MaxRejectsPercent, Delimiter, Encoding, Sheet, ImportMapping.Parameter, Name, FileName, From];

    /// <summary>The options; all that is wrong with them is reported together, and what has an unknown name is refused.</summary>
    /// <param name="earlier">What holds where nothing is said.</param>
    /// <param name="contact">A contact as the database has it.</param>
    public static Answer<ImportOptions> Read(IReadOnlyDictionary<string, string> parameters, ImportOptions earlier, RecordShape contact)
    {
        var problems = parameters.Keys.Where(name => !Known.Contains(name, StringComparer.OrdinalIgnoreCase))
            .Select(name => Wrong(name, $"Unknown parameter {name}; an import takes {string.Join(", ", Known)}")).ToList();
        foreach (var name in new[] { Name, FileName, Sheet }.Where(name => parameters.GetValueOrDefault(name) is { } text && (text.Length > MaxName || text.Contains('\0'))))
        {
            problems.Add(Wrong(name, $"{name} must be text of up to {MaxName} characters"));
        }

        var options = earlier with
        {
            Mode = OneOf(Mode, earlier.Mode),
            Operation = OneOf(Operation, earlier.Operation),
            Blank = OneOf(Blank, earlier.Blank),
            OnDuplicate = OneOf(OnDuplicate, earlier.OnDuplicate),
            Locations = OneOf(Locations, earlier.Locations),
            DryRun = Flag(DryRun),
            MaxRejects = Number(MaxRejects, long.MaxValue) ?? earlier.MaxRejects,
            MaxRejectsPercent = (int?)Number(MaxRejectsPercent, 100) ?? earlier.MaxRejectsPercent,
            Delimiter = ReadDelimiter() ?? earlier.Delimiter,
            Encoding = ReadEncoding() ?? earlier.Encoding,
            Sheet = parameters.GetValueOrDefault(Sheet) ?? earlier.Sheet,
            Mapping = ReadMapping() ?? earlier.Mapping,
        };
        problems.AddRange(ReferenceEquals(options.Mapping, earlier.Mapping) ? options.Mapping?.UnknownTargets(contact) ?? [] : []); // a field may have been retired since
        return problems.Count > 0 ? Refusal.Of(problems) : options;

        TEnum OneOf<TEnum>(string name, TEnum otherwise)
            where TEnum : struct, Enum
        {
            if (!parameters.TryGetValue(name, out var text))
            {
                return otherwise;
            }

            if (Enum.TryParse<TEnum>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) && !char.IsDigit(text[0]))
            {
                return value;
            }

            problems.Add(Wrong(name, $"{name} must be {string.Join(" or ", Enum.GetNames<TEnum>().Select(option => option.ToLowerInvariant()))}"));
            return otherwise;
        }

        bool Flag(string name)
        {
            if (!parameters.TryGetValue(name, out var text))
            {
                return false;
            }

            var isTrue = text is "1" || text.Equals("true", StringComparison.OrdinalIgnoreCase);
            if (!isTrue && text is not "0" && !text.Equals("false", StringComparison.OrdinalIgnoreCase))
            {
                problems.Add(Wrong(name, $"{name} must be true or false"));
            }

            return isTrue;
        }

        long? Number(string name, long most)
        {
            if (!parameters.TryGetValue(name, out var text))
            {
                return null;
            }

            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most)
            {
                return number;
            }

            problems.Add(Wrong(name, most == long.MaxValue ? $"{name} must be a whole number from 0" : $"{name} must be a whole number from 0 to {most}"));
            return null;
        }

        string? ReadDelimiter()
        {
            var text = parameters.GetValueOrDefault(Delimiter);
            var delimiter = text switch { "tab" or "\\t" => "\t", "semicolon" => ";", "comma" => ",", "pipe" => "|", _ => text };
            if (delimiter is null or "," or ";" or "\t" or "|" or ":" or "^" or "~")
            {
                return delimiter;
            }

            problems.Add(Wrong(Delimiter, $"{Delimiter} must be comma, semicolon, tab or pipe, or one of , ; | : ^ ~"));
            return null;
        }

        string? ReadEncoding()
        {
            if (!parameters.TryGetValue(Encoding, out var name))
            {
                return null;
            }

            try
            {
                return System.Text.Encoding.GetEncoding(name.Trim()).WebName;
            }
            catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
            {
                problems.Add(Wrong(Encoding, $"{Encoding} {name} is not known; for example utf-8, utf-16, windows-1252, iso-8859-1"));
                return null;
            }
        }

        ImportMapping? ReadMapping()
        {
            if (!parameters.TryGetValue(ImportMapping.Parameter, out var text))
            {
                return null;
            }

            var mapping = ImportMapping.Parse(text, contact);
            problems.AddRange(mapping.Refusal?.Problems ?? []);
            return mapping.Refusal is null ? mapping.Value : null;
        }
    }

    /// <summary>Describes the parameters of a route that takes a file.</summary>
    public static RouteHandlerBuilder TakesImportOptions(this RouteHandlerBuilder route) => route
        .TakesQuery(Mode, "partial (default) imports the good rows and names the bad ones; atomic imports all rows or none", "partial", "atomic")
        .TakesQuery(Operation, "upsert (default), create (a contact that exists is rejected) or update (one that does not exist is rejected; the keys and any other columns are enough)", "upsert", "create", "update")
        .TakesQuery(Blank, "What an empty cell of a CSV or a sheet means: keep (default) the stored value, or clear it; #N/A always clears", "keep", "clear")
        .TakesQuery(OnDuplicate, "For a contact that stands in the file again, elsewhere or with other values: last (default; each row is carried out in order), first (later rows are rejected) or reject (all of them are rejected)", "last", "first", "reject")
        .TakesQuery(Locations, "merge (default) adds or updates the locations given; replace makes them the whole set", "merge", "replace")
        .TakesFlag(DryRun, "true stores nothing; the results say what each row would do, with each field before and after")
        .TakesQuery(MaxRejects, "The import stops once more rows than this are rejected")
        .TakesQuery(MaxRejectsPercent, "The import stops once more percent of the rows than this are rejected, counted after 300 rows")
        .TakesQuery(Delimiter, "Of a CSV: comma, semicolon, tab, pipe or the character; detected if absent")
        .TakesQuery(Encoding, "Of a CSV that is not UTF-8 and has no byte order mark, for example windows-1252")
        .TakesQuery(Sheet, "Of a workbook: the name of the sheet; the first if absent")
        .TakesQuery(ImportMapping.Parameter, "JSON: {\"Column\":\"field\"}; null leaves a column out; also constants {\"field\":value}, values {\"field\":{\"text\":value}} and dateFormat, for example dd.MM.yyyy")
        .TakesQuery(Name, "A name for the import")
        .TakesQuery(FileName, "The file's name; its extension tells the format where Content-Type does not")
        .TakesQuery(From, "The id of an earlier import: its options and mapping hold where nothing else is said");

    private static Problem Wrong(string name, string message) => Problem.Severe(ApiErrors.InvalidParameter, name, message);
}
