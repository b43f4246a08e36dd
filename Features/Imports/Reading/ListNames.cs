using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Features.Imports.Reading;

/// <summary>
/// What an import reads its rows by, as of its start: the contact's fields with the database's rules, and the names of contact and usage types, by which a row may mean them: ignoring case,
/// where only one active item has the name.
/// </summary>
internal sealed class ListNames
{
    private const string Sql = "select list, id, name from list_item where active and list = any (@Lists)";

    private readonly Dictionary<(string List, string Name), int[]> ids;

    private ListNames(Dictionary<(string List, string Name), int[]> ids, RecordShape contact) => (this.ids, Contact) = (ids, contact);

    /// <summary>A contact as the database has it.</summary>
    public RecordShape Contact { get; }

    public static async Task<ListNames> ReadAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        var items = await connection.QueryAsync<(string List, int Id, string Name)>(
            new CommandDefinition(Sql, new { Lists = new[] { ContactFields.ContactTypes, ContactFields.UsageTypes } }, cancellationToken: cancellationToken));
        return new(
            items.GroupBy(item => (item.List, Simplify(item.Name)), item => item.Id).ToDictionary(group => group.Key, group => group.Order().ToArray()),
            await tenant.Rules.OfAsync(ContactFields.Contact, cancellationToken));
    }

    /// <summary>The id of the item of that name; a <see cref="Problem"/> where several have it; null where none has.</summary>
    public object? Find(Field field, string name, string path) =>
        field.List is null || !ids.TryGetValue((field.List, Simplify(name)), out var found) ? null
            : found.Length == 1 ? found[0]
            : Problem.Severe(ApiErrors.AmbiguousListItem, path, $"{path}: {name} is the name of the items {string.Join(" and ", found)}; give the id");

    private static string Simplify(string name) => name.Trim().ToLowerInvariant();
}
