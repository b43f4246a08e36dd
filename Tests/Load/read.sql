\set n random(1, :stored)
\set client :n % 100
select client_ref, contact_ref, salutation, forename, surname, contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type,
    preferred_contact, address1, address2, address3, address4, post_code, notes, considerations, version, created_at, created_by, updated_at, updated_by,
    location_refs, preferred, start_dates, end_dates, usage_type_ids
from contact_record where client_ref = 'c' || :client and contact_ref = 's' || :n;
