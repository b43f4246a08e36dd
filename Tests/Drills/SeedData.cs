namespace CrmImport.Drills;

/// <summary>What the database holds before the first write: the clients and locations that the writers contend for.</summary>
internal static class SeedData
{
    public const string Database = "cv_drills";

    public const int SharedContacts = 6;

    public const string Seed =
        """
        insert into account (op_id, op_name, op_level, op_function, kind, password_hash, created_at) values ('OWN', 'Owner', 10, 1, 'operator', @Hash, now());
        insert into list_item (list, id, name, rank) values ('usagetype', 3, 'Mixed', 3);
        insert into client (client_ref, created_at, created_by, updated_at, updated_by) select unnest(@ClientRefs), now(), 'OWN', now(), 'OWN';
        insert into location (client_ref, location_ref, usage_type_id, created_at, created_by, updated_at, updated_by)
        select client_ref, location_ref, 1, now(), 'OWN', now(), 'OWN' from unnest(@ClientRefs) as c (client_ref), unnest(@LocationRefs) as l (location_ref)
        """;

    public static string[] ClientRefs { get; } = ["D1", "D2", "D3"];

    public static string[] LocationRefs { get; } = ["L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8"];

    public const int UsageTypes = 3;
}
