-- Changes are followed in the order of the transactions that made them, up to the oldest that is still under way: a change that is committed late is never passed by
-- (updatedSince). The trail has them already, once for each change, so that following costs the records themselves no index and their updates stay cheap.
alter table audit_entry add column xid xid8 not null default pg_current_xact_id();

create index audit_entry_xid_idx on audit_entry (xid, id) where record_type in ('contact', 'client', 'location') and outcome in ('created', 'updated');

-- Which history of the database cursors are of: another one once it was restored into a server that counts its transactions anew.
alter table database_setting add column history_id uuid not null default gen_random_uuid();
