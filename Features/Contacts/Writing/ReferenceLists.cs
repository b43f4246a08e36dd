using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Npgsql;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>The database's contact and usage types, and the lists of its custom fields, remembered between writes. An id that is not among the remembered ones is looked up before it is refused.</summary>
internal sealed class ReferenceLists
{
    private const string Sql = "select id from list_item where list = @List and active";

    private static readonly string[] Names = [ContactFields.ContactTypes, ContactFields.UsageTypes];

    private readonly Dictionary<string, IReadOnlySet<int>> lists = new(StringComparer.Ordinal);

    public static async Task<ReferenceLists> ReadAsync(
        Tenant tenant, NpgsqlConnection connection, IReadOnlyCollection<UpsertContactCommand> commands, CancellationToken cancellationToken)
    {
        var result = new ReferenceLists();
        foreach (var name in commands.Any(command => command.Contact.Shape.HasCustom) ? Names.Concat(OfCustomFields(commands)).Distinct() : Names)
        {
            var remembered = tenant.Lists.Find(name);
            result.lists[name] = remembered is not null && commands.All(command => IsKnown(command.Contact, name, remembered))
                ? remembered
                : (await tenant.Lists.ReadAsync(name, () => ReadAsync(connection, name, cancellationToken)))!;
        }

        return result;
    }

    public bool Has(string list, int id) => lists[list].Contains(id);

    private static IEnumerable<string> OfCustomFields(IEnumerable<UpsertContactCommand> commands) =>
        commands.Select(command => command.Contact.Shape).Distinct(ReferenceEqualityComparer.Instance).Cast<RecordShape>().SelectMany(shape => shape.Fields.Skip(shape.FirstCustom)).Select(field => field.List).OfType<string>();

    private static bool IsKnown(RecordInput record, string list, IReadOnlySet<int> ids)
    {
        for (var i = 0; i < record.Shape.Fields.Count; i++)
        {
            if (record.Shape.Fields[i].List == list && record[i] is int id && !ids.Contains(id))
            {
                return false;
            }
        }

        return record.Children is null || record.Children.TrueForAll(child => IsKnown(child, list, ids));
    }

    private static async Task<IReadOnlySet<int>?> ReadAsync(NpgsqlConnection connection, string list, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<int>(new CommandDefinition(Sql, new { List = list }, cancellationToken: cancellationToken))).ToHashSet();
}
