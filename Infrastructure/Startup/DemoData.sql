-- What the documents' own examples need: Oneserve's client 29 with location 10174, contact types 1, 6, 10; SuperOffice's task list; Collect!'s operator OWN.
with seeded as (
    insert into account (op_id, op_name, op_level, op_function, kind, password_hash, created_at)
    select 'OWN', 'Owner Of The Company', 10, 1, 'operator', @PasswordHash, @Now
    where not exists (select from account)
    returning account_id
),
lists as (
    insert into list_item (list, id, name, rank)
    select item.list, item.id, item.name, item.rank
    from seeded, (values
        ('contacttype', 1, 'Telephone', 1), ('contacttype', 6, 'E-mail', 2), ('contacttype', 10, 'Mobile', 3),
        ('usagetype', 1, 'Residential', 1), ('usagetype', 2, 'Commercial', 2),
        ('salutation', 1, 'Mr', 1), ('salutation', 2, 'Mrs', 2), ('salutation', 3, 'Ms', 3), ('salutation', 4, 'Dr', 4),
        ('task', 1, 'Meeting (Internal)', 1), ('task', 2, 'Meeting (External)', 2), ('task', 3, 'Phone-Out', 3), ('task', 4, 'Phone-In', 4),
        ('task', 5, 'Follow-up', 5), ('task', 6, 'Planning', 6), ('task', 7, 'Visit', 7), ('task', 8, 'Lunch', 8),
        ('task', 9, 'Proposal', 9), ('task', 10, 'Service', 10), ('task', 11, 'Private', 11), ('task', 12, 'Other', 12)
    ) as item (list, id, name, rank)
),
clients as (
    insert into client (client_ref, name, created_at, created_by, updated_at, updated_by)
    select '29', 'Demo Housing', @Now, 'OWN', @Now, 'OWN' from seeded
    returning client_ref
)
insert into location (client_ref, location_ref, name, usage_type_id, created_at, created_by, updated_at, updated_by)
select client_ref, '10174', 'Demo House', 2, @Now, 'OWN', @Now, 'OWN' from clients;
