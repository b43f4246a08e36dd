-- What an import of contacts with a location each would be in SQL alone: COPY to a staging table, then contacts, links and audit, in one transaction.
-- Takes the CSV that the service imports.
begin;
create temporary table staging (
    client_ref text, contact_ref text, salutation text, forename text, surname text, contact1 text, contact1_type integer, contact2 text, contact2_type integer,
    preferred_contact integer, address1 text, address2 text, post_code text, notes text, location_ref text, is_preferred boolean, start_date date
) on commit drop;
\copy staging from pstdin with (format csv, header)
create temporary table written on commit drop as
with upserted as (
    insert into contact (
        client_ref, contact_ref, salutation, forename, surname, contact1, contact1_type, contact2, contact2_type, preferred_contact, address1, address2, post_code, notes,
        version, created_at, created_by, updated_at, updated_by)
    select
        client_ref, contact_ref, salutation, forename, surname, contact1, contact1_type, contact2, contact2_type, preferred_contact, address1, address2, post_code, notes,
        1, now(), 'OWN', now(), 'OWN'
    from staging
    on conflict (client_ref, contact_ref) do update
    set salutation = excluded.salutation, forename = excluded.forename, surname = excluded.surname, contact1 = excluded.contact1, contact1_type = excluded.contact1_type,
        contact2 = excluded.contact2, contact2_type = excluded.contact2_type, preferred_contact = excluded.preferred_contact, address1 = excluded.address1,
        address2 = excluded.address2, post_code = excluded.post_code, notes = excluded.notes,
        version = contact.version + 1, updated_at = excluded.updated_at, updated_by = excluded.updated_by
    where (contact.salutation, contact.forename, contact.surname, contact.contact1, contact.contact1_type, contact.contact2, contact.contact2_type, contact.preferred_contact,
            contact.address1, contact.address2, contact.post_code, contact.notes)
        is distinct from (excluded.salutation, excluded.forename, excluded.surname, excluded.contact1, excluded.contact1_type, excluded.contact2, excluded.contact2_type,
            excluded.preferred_contact, excluded.address1, excluded.address2, excluded.post_code, excluded.notes)
    returning client_ref, contact_ref, version, surname
)
select * from upserted;
insert into contact_location (client_ref, contact_ref, location_ref, is_preferred, start_date)
select client_ref, contact_ref, location_ref, is_preferred, start_date from staging join written using (client_ref, contact_ref)
on conflict (client_ref, contact_ref, location_ref) do update
set is_preferred = excluded.is_preferred, start_date = excluded.start_date
where (contact_location.is_preferred, contact_location.start_date) is distinct from (excluded.is_preferred, excluded.start_date);
insert into audit_entry (at, account, kind, address, method, route, status, outcome, record_type, client_ref, contact_ref, changes, import_id, trace_id)
select now(), 'OWN', 'human', '127.0.0.1', 'POST', '/api/v1/imports', 200, case when version = 1 then 'created' else 'updated' end, 'contact', client_ref, contact_ref,
    -- the same entries that the service writes
    case when version > 1 then json_build_object('surname', json_build_array(left(s.surname, -1), s.surname)) else json_build_object(
        'salutation', json_build_array(null, s.salutation), 'forename', json_build_array(null, s.forename), 'surname', json_build_array(null, s.surname),
        'contact1', json_build_array(null, s.contact1), 'contact1Type', json_build_array(null, s.contact1_type), 'contact2', json_build_array(null, s.contact2),
        'contact2Type', json_build_array(null, s.contact2_type), 'preferredContact', json_build_array(null, s.preferred_contact), 'address1', json_build_array(null, s.address1),
        'address2', json_build_array(null, s.address2), 'postCode', json_build_array(null, s.post_code), 'notes', json_build_array(null, s.notes),
        'locations[' || s.location_ref || '].isPreferred', json_build_array(null, s.is_preferred), 'locations[' || s.location_ref || '].startDate', json_build_array(null, s.start_date)) end,
    '0190f5c2-0000-7000-8000-000000000000', '4bf92f3577b34da6a3ce929d0e0e4736'
from staging s join written using (client_ref, contact_ref);
commit;
