-- a row for each association: read with their contact in one statement, they are of one moment
select
    c.client_ref, c.contact_ref, c.salutation, c.forename, c.surname,
    c.contact1, c.contact1_type, c.contact2, c.contact2_type, c.contact3, c.contact3_type, c.contact4, c.contact4_type, c.preferred_contact,
    c.address1, c.address2, c.address3, c.address4, c.post_code, c.notes, c.considerations,
    c.version, c.archived_at, c.custom,
    c.created_at, c.created_by, c.updated_at, c.updated_by, c.party_id, --if record
    cl.location_ref, cl.is_preferred, cl.start_date, cl.end_date, cl.is_lost,
    -- an archived contact's locations may have been archived since
    coalesce(c.live, (select live from location where client_ref = cl.client_ref and location_ref = cl.location_ref), false)
    , l.usage_type_id --if record
from unnest(@ClientRefs, @ContactRefs) as wanted (client_ref, contact_ref)
join contact c on c.client_ref = wanted.client_ref and c.contact_ref = wanted.contact_ref
left join contact_location cl on cl.client_ref = c.client_ref and cl.contact_ref = c.contact_ref
left join location l on l.client_ref = cl.client_ref and l.location_ref = cl.location_ref --if record
;

select l.client_ref, l.location_ref, l.usage_type_id, l.version, p.contact_ref as preferred_contact_ref, p.version as preferred_contact_version
from unnest(@LocationClientRefs, @LocationRefs) as wanted (client_ref, location_ref)
cross join lateral ( -- limit 1, of one: the planner must take the index, whatever it thinks of the array's length
    select client_ref, location_ref, usage_type_id, version from location where client_ref = wanted.client_ref and location_ref = wanted.location_ref and live limit 1
) l
left join contact_location cl on cl.client_ref = l.client_ref and cl.location_ref = l.location_ref and cl.is_preferred
left join contact p on p.client_ref = cl.client_ref and p.contact_ref = cl.contact_ref
