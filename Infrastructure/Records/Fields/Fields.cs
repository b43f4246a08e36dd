namespace CrmImport.Infrastructure.Records.Fields;

/// <summary>Makes the fields that most records have.</summary>
internal static class Fields
{
    private const int MaxKeyLength = 50;

    /// <summary>A key of the record, which is its own.</summary>
    public static Field Key(string name, string description) => Text(name, MaxKeyLength, description, mandatory: true) with { Key = true };

    /// <summary>The ref of another record.</summary>
    public static Field RefOf(string name, string description) => Text(name, MaxKeyLength, description) with { IsRef = true };

    /// <summary>A ref: a key that upper and lower case tell apart.</summary>
    public static Field Ref(string name, string description) => Key(name, description) with { IsRef = true };

    /// <param name="maxLength">In Unicode code points.</param>
    public static Field Text(string name, int maxLength, string description, bool mandatory = false) =>
        new(name, FieldKind.Text) { MaxLength = maxLength, Mandatory = mandatory, Description = description };
}
