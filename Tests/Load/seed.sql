-- Clients c0…c99 with twenty locations each; contacts s1…s{stored}, each with a surname of its own, and u1…u1000 that nobody changes, all with their locations.
truncate audit_entry, activity, contact_location, contact, location, client;
insert into client (client_ref, name, created_at, created_by, updated_at, updated_by) select 'c' || i, 'Load', now(), 'OWN', now(), 'OWN' from generate_series(0, 99) i;
insert into location (client_ref, location_ref, usage_type_id, created_at, created_by, updated_at, updated_by)
select 'c' || i, 'l' || j, 1, now(), 'OWN', now(), 'OWN' from generate_series(0, 99) i, generate_series(1, 20) j;
insert into contact (
    client_ref, contact_ref, salutation, forename, surname, contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type,
    preferred_contact, address1, address2, address3, address4, post_code, notes, considerations, version, created_at, created_by, updated_at, updated_by)
select 'c' || (i % 100), prefix || i, 'Mr', 'John', case prefix when 'u' then 'Test' else 'Name' || i end, '', 1, '07123456789', 10, 'test@test.test', 6, null, 1,
    1, 'Address line 1', 'Address line 2', 'Address line 3', 'Address line 4', 'EX49HL', 'These are notes', 'These are considerations', 1, now(), 'OWN', now(), 'OWN'
from (select 's' as prefix, generate_series(1, :stored) as i union all select 'u', generate_series(1, 1000)) contacts;
insert into contact_location (client_ref, contact_ref, location_ref, is_preferred, start_date, end_date)
select client_ref, contact_ref, 'l' || j, false, '2019-07-09', '2019-12-18' from contact, generate_series(1, :locations) j;
vacuum analyze;
checkpoint;
