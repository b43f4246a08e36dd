\set n random(1, :stored)
\set serial random(1, 2000000000)
\set dice random(1, 95)
\if :dice <= 10
\set n :n % 1000 + 1
\endif
\set client :n % 100
with contact_in as (
    select 'c' || :client as client_ref,
        case when :dice <= 10 then 'u' || :n when :dice <= 53 then 's' || :n else 'n' || :client_id || '-' || :serial end as contact_ref,
        case when :dice <= 10 then 'Test' else 'Changed' || :serial end as surname
), written as (
    insert into contact (
        client_ref, contact_ref, salutation, forename, surname, contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type,
        preferred_contact, address1, address2, address3, address4, post_code, notes, considerations, version, created_at, created_by, updated_at, updated_by)
    select client_ref, contact_ref, 'Mr', 'John', surname, '', 1, '07123456789', 10, 'test@test.test', 6, null, 1,
        1, 'Address line 1', 'Address line 2', 'Address line 3', 'Address line 4', 'EX49HL', 'These are notes', 'These are considerations', 1, now(), 'OWN', now(), 'OWN'
    from contact_in
    on conflict (client_ref, contact_ref) do update
    set salutation = excluded.salutation, forename = excluded.forename, surname = excluded.surname, contact1 = excluded.contact1, contact1_type = excluded.contact1_type,
        contact2 = excluded.contact2, contact2_type = excluded.contact2_type, contact3 = excluded.contact3, contact3_type = excluded.contact3_type,
        contact4 = excluded.contact4, contact4_type = excluded.contact4_type, preferred_contact = excluded.preferred_contact,
        address1 = excluded.address1, address2 = excluded.address2, address3 = excluded.address3, address4 = excluded.address4, post_code = excluded.post_code,
        notes = excluded.notes, considerations = excluded.considerations, version = contact.version + 1, updated_at = excluded.updated_at, updated_by = excluded.updated_by
    where (contact.salutation, contact.forename, contact.surname, contact.contact1, contact.contact2, contact.contact3, contact.contact4, contact.address1, contact.post_code, contact.notes)
        is distinct from (excluded.salutation, excluded.forename, excluded.surname, excluded.contact1, excluded.contact2, excluded.contact3, excluded.contact4, excluded.address1, excluded.post_code, excluded.notes)
    returning client_ref, contact_ref, surname, version
), linked as (
    insert into contact_location (client_ref, contact_ref, location_ref, is_preferred, start_date, end_date)
    select client_ref, contact_ref, 'l' || i, false, date '2019-07-09', date '2019-12-18' from written, generate_series(1, :locations) i
    on conflict (client_ref, contact_ref, location_ref) do update
    set is_preferred = excluded.is_preferred, start_date = excluded.start_date, end_date = excluded.end_date
    where (contact_location.is_preferred, contact_location.start_date, contact_location.end_date) is distinct from (excluded.is_preferred, excluded.start_date, excluded.end_date)
)
insert into audit_entry (at, account, kind, address, method, route, status, outcome, record_type, client_ref, contact_ref, changes, trace_id)
select now(), 'OWN', 'human', '127.0.0.1', 'POST', '/rest/contact/contact', 200, case when version = 1 then 'created' else 'updated' end, 'contact', client_ref, contact_ref,
    -- the same entry, byte for byte, that the service writes
    case when version > 1 then ('{"surname":["Test","' || surname || '"]}')::json else (
        '{"salutation":[null,"Mr"],"forename":[null,"John"],"surname":[null,"' || surname || '"],"contact1":[null,""],"contact1Type":[null,1],"contact2":[null,"07123456789"],"contact2Type":[null,10],'
        || '"contact3":[null,"test@test.test"],"contact3Type":[null,6],"contact4Type":[null,1],"preferredContact":[null,1],"address1":[null,"Address line 1"],"address2":[null,"Address line 2"],'
        || '"address3":[null,"Address line 3"],"address4":[null,"Address line 4"],"postCode":[null,"EX49HL"],"notes":[null,"These are notes"],"considerations":[null,"These are considerations"],'
        || '"locations[l1].isPreferred":[null,false],"locations[l1].startDate":[null,"2019-07-09"],"locations[l1].endDate":[null,"2019-12-18"]}')::json end,
    '4bf92f3577b34da6a3ce929d0e0e4736'
from written;
