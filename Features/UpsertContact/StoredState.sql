select client_ref
from client
where client_ref = any (@ClientRefs);

select
    c.client_ref, c.contact_ref, c.salutation, c.forename, c.surname,
    c.contact1, c.contact1_type, c.contact2, c.contact2_type, c.contact3, c.contact3_type, c.contact4, c.contact4_type, c.preferred_contact,
    c.address1, c.address2, c.address3, c.address4, c.post_code, c.notes, c.considerations,
    c.version, c.created_at, c.created_by, c.updated_at, c.updated_by,
    c.location_refs, c.preferred, c.start_dates, c.end_dates, c.usage_type_ids
from unnest(@ClientRefs, @ContactRefs) as wanted (client_ref, contact_ref)
join contact_record c on c.client_ref = wanted.client_ref and c.contact_ref = wanted.contact_ref;

select l.client_ref, l.location_ref, l.usage_type_id, l.version, p.contact_ref as preferred_contact_ref, p.version as preferred_contact_version
from unnest(@LocationClientRefs, @LocationRefs) as wanted (client_ref, location_ref)
join location l on l.client_ref = wanted.client_ref and l.location_ref = wanted.location_ref
left join contact_location cl on cl.client_ref = l.client_ref and cl.location_ref = l.location_ref and cl.is_preferred
left join contact p on p.client_ref = cl.client_ref and p.contact_ref = cl.contact_ref
