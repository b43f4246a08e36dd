using Npgsql;

namespace CrmImport.Infrastructure.Database;

/// <summary>The values of a statement's parameters, by name; of a single row, columns are their one value.</summary>
internal sealed class ParameterValues(bool isSingle = false)
{
    private readonly Dictionary<string, Func<NpgsqlParameter>> byName = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => byName.Keys;

    public NpgsqlParameter Create(string name) => byName[name]();

    public void Add<T>(string name, T value) => byName.Add(name, () => new NpgsqlParameter<T> { TypedValue = value });

    /// <summary>A column of the items, as an array.</summary>
    public void Add<TItem, T>(string name, IReadOnlyList<TItem> items, Func<TItem, T> value)
    {
        if (isSingle)
        {
            if (items.Count == 1)
            {
                Add(name, value(items[0]));
            }

            return;
        }

        var column = new T[items.Count];
        for (var i = 0; i < column.Length; i++)
        {
            column[i] = value(items[i]);
        }

        Add(name, column);
    }
}
