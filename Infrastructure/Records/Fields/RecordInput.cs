using System.Globalization;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Records.Fields;

/// <summary>A record as a caller sent it: which fields were given, and their values (string, int, bool, DateOnly, null) or the problem met in reading one.</summary>
internal sealed class RecordInput(RecordShape shape, string path, ProblemBudget budget)
{
    private readonly object?[] slots = new object?[shape.Fields.Count];
    private readonly List<Problem> problems = [];
    private FieldSet given;
    private FieldSet aliased;
    private FieldSet blank;

    public RecordShape Shape { get; } = shape;

    /// <summary>Where the record stands in the body: empty at the root, else like <c>locations[0].</c></summary>
    public string Path { get; } = path;

    /// <summary>Whether a stored record keeps what is not given, mandatory fields too; only a new one must have them all. So are the rows of a file.</summary>
    public bool IsPartial { get; init; }

    /// <summary>The items of the children array; null where it was absent or null.</summary>
    public List<RecordInput>? Children { get; set; }

    /// <summary>Problems of the record as a whole: properties given twice, unknown ones, children that are no array.</summary>
    public IReadOnlyList<Problem> Problems => problems;

    public ProblemBudget Budget { get; } = budget;

    /// <summary>Whether no further problem will be reported.</summary>
    public bool IsFull => Budget.Left == 0;

    public bool IsPresent(int field) => given.Contains(field);

    /// <summary>The field was sent blank, and that counts as not given: a new record has an empty text there.</summary>
    public void MarkBlank(int field) => blank.Add(field);

    /// <summary>Whether a new record lacks the field, which it must have.</summary>
    public bool IsMissing(int field) => Shape.Fields[field] is { Mandatory: true, DefaultIfAbsent: null } && !IsPresent(field) && !IsEmptyText(field);

    /// <summary>Whether a new record has an empty text there, since the field was sent blank: where one may be, and there is no default.</summary>
    public bool IsEmptyText(int field) =>
        blank.Contains(field) && Shape.Fields[field] is { Kind: FieldKind.Text, Mandatory: true, DefaultIfAbsent: null } text && RecordRules.FaultOf(text, "") is null;

    /// <summary>False where the field was given before.</summary>
    public bool TryMarkPresent(int field) => given.Add(field);

    /// <summary>Takes the problem, as long as there is room; the last place is for saying that there are more.</summary>
    public void AddProblem(Problem problem)
    {
        if (Budget.Left > 0)
        {
            problems.Add(--Budget.Left > 0 ? problem : ProblemBudget.Last(problem.Field));
        }
    }

    /// <summary>The caller wrote the field by its other name.</summary>
    public void NameByAlias(int field) => aliased.Add(field);

    public void Set(int field, object? value) => slots[field] = value;

    /// <summary>The key is the address's; the body may repeat it.</summary>
    public void TakeKey(Field field, string value)
    {
        var (index, text, path) = (Shape.IndexOf(field), value.Trim(), PathOf(field));
        if (TryMarkPresent(index))
        {
            Set(index, text);
        }
        else if (ReadingProblem(index) is null && (string?)this[index] != text)
        {
            Set(index, Problem.Severe(ApiErrors.FieldReadOnly, path, $"{path} does not match the URL"));
        }
    }

    /// <summary>The key is the service's to make: of one that is only shown, whatever the body says is not taken; of another it may say nothing, or 0 as clients send of a record that is new.</summary>
    public void MakeKey(Field field, string value)
    {
        if (!TryMarkPresent(Shape.IndexOf(field)) && !field.ReadOnly && this[field] is not (null or 0L or ""))
        {
            Set(Shape.IndexOf(field), Problem.Severe(ApiErrors.FieldReadOnly, PathOf(field), $"{PathOf(field)} is assigned by the service"));
            return;
        }

        Set(Shape.IndexOf(field), field.Kind == FieldKind.Long ? long.Parse(value, CultureInfo.InvariantCulture) : value);
    }

    /// <summary>The value; null where it was not given, is null or could not be read.</summary>
    public object? this[int field] => slots[field] is Problem ? null : slots[field];

    public object? this[Field field] => this[Shape.IndexOf(field)];

    public string Text(Field field) => Convert.ToString(this[field], CultureInfo.InvariantCulture) ?? "";

    public Problem? ReadingProblem(int field) => slots[field] as Problem;

    /// <summary>The problems of this record and of its children that are not tied to a field: in a valid record, the warnings.</summary>
    public IEnumerable<Problem> AllProblems() => (Children ?? []).SelectMany(child => child.AllProblems()).Concat(Problems);

    /// <summary>The field's path as the caller reads it.</summary>
    public string PathOf(Field field) => Path + (aliased.Contains(Shape.IndexOf(field)) ? field.Alias : field.Name);
}

/// <summary>How many more problems of one body will be reported, shared by a record and its children.</summary>
internal sealed class ProblemBudget
{
    /// <summary>Most problems reported for one body: a response must not outgrow its request.</summary>
    private const int Most = 1000;

    private const int MaxReportedName = 100;

    public int Left { get; set; } = Most;

    /// <summary>The first of the problems, with the last place for saying that there are more.</summary>
    public static IEnumerable<Problem> Limit(IEnumerable<Problem> problems) => problems.Take(Most).Select((problem, index) => index < Most - 1 ? problem : Last(problem.Field));

    /// <summary>The problem that stands for all that are not reported.</summary>
    public static Problem Last(string? field) => Problem.Severe(ApiErrors.TooManyItems, field, $"Only the first {Most} problems are listed");

    /// <summary>A property's name as problems have it: cut off where it is long.</summary>
    public static string Shorten(string name) => name.Length <= MaxReportedName ? name : name[..MaxReportedName] + '…';
}
