\set n random(1, :stored)
begin isolation level repeatable read;
select count(*) from contact where lower(surname) = lower('name' || :n);
select client_ref, contact_ref, salutation, forename, surname, contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type,
    preferred_contact, address1, address2, address3, address4, post_code, notes, considerations, version, created_at, created_by, updated_at, updated_by,
    location_refs, preferred, start_dates, end_dates, usage_type_ids
from (select client_ref, contact_ref from contact where lower(surname) = lower('name' || :n) order by client_ref, contact_ref limit 20) page
join contact_record using (client_ref, contact_ref)
order by client_ref, contact_ref;
commit;
