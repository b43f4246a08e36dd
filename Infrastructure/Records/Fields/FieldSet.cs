namespace CrmImport.Infrastructure.Records.Fields;

/// <summary>A set of a shape's fields, by their index. The first 64 take no memory of their own: no record has more so far, and one is read for every request.</summary>
internal struct FieldSet
{
    private const int BitsOfWord = 64;

    private ulong first;
    private ulong[]? further;

    public readonly bool Contains(int index) =>
        index < BitsOfWord ? (first & (1UL << index)) != 0
            : WordOf(index) < further?.Length && (further[WordOf(index)] & (1UL << (index % BitsOfWord))) != 0;

    /// <summary>False where it was in the set already.</summary>
    public bool Add(int index)
    {
        if (Contains(index))
        {
            return false;
        }

        if (index < BitsOfWord)
        {
            first |= 1UL << index;
            return true;
        }

        if (WordOf(index) >= (further?.Length ?? 0))
        {
            Array.Resize(ref further, WordOf(index) + 1);
        }

        further![WordOf(index)] |= 1UL << (index % BitsOfWord);
        return true;
    }

    private static int WordOf(int index) => (index / BitsOfWord) - 1;
}
