-- What the documents' own examples need beside the starter lists: Oneserve's client 29 with location 10174; Collect!'s operator OWN; InTouch's account gregor.
with seeded as (
    insert into account (op_id, op_name, op_level, op_function, kind, password_hash, created_at)
    select 'OWN', 'Owner Of The Company', 10, 1, 'operator', @PasswordHash, @Now
    where not exists (select from account)
    returning account_id
),
api as (
    insert into account (op_id, op_name, op_level, op_function, kind, permissions, password_hash, created_at)
    select 'gregor', 'Gregor', 1, 1, 'api', '{contact:read,contact:add,contact:edit,client:read,location:read}', @ApiPasswordHash, @Now from seeded
),
clients as (
    insert into client (client_ref, name, created_at, created_by, updated_at, updated_by)
    select '29', 'Demo Housing', @Now, 'OWN', @Now, 'OWN' from seeded
    returning client_ref
),
locations as (
    insert into location (client_ref, location_ref, name, usage_type_id, created_at, created_by, updated_at, updated_by)
    select client_ref, '10174', 'Demo House', 2, @Now, 'OWN', @Now, 'OWN' from clients
    returning client_ref, location_ref
)
insert into audit_entry (at, account, kind, address, method, route, status, outcome, record_type, client_ref, contact_ref, location_ref, changes, trace_id)
select @Now, 'OWN', 'human', '', '', 'demo data', 201, 'created', 'client', client_ref, '', '', '{"name":[null,"Demo Housing"]}'::json, '' from clients
union all
select @Now, 'OWN', 'human', '', '', 'demo data', 201, 'created', 'location', client_ref, '', location_ref, '{"name":[null,"Demo House"],"usageTypeId":[null,2]}'::json, '' from locations;
