-- An archived record is out of lists and reads, and keeps its history. live is true, or null where the record is archived: a foreign key that includes it
-- holds for live records only. So no contact of an archived client and no association with an archived location comes to be, whoever writes at the same time.
alter table client
    add column live boolean default true,
    add column archived_at timestamptz,
    add constraint client_live_check check ((archived_at is null) = (live is not null) and coalesce(live, true)),
    add constraint client_live_key unique (client_ref, live);

alter table location
    add column live boolean default true,
    add column archived_at timestamptz,
    add constraint location_live_check check ((archived_at is null) = (live is not null) and coalesce(live, true)),
    add constraint location_live_key unique (client_ref, location_ref, live);

alter table contact
    add column live boolean default true,
    add column archived_at timestamptz,
    add constraint contact_live_check check ((archived_at is null) = (live is not null) and coalesce(live, true)),
    drop constraint contact_client_fkey,
    add constraint contact_client_fkey foreign key (client_ref, live) references client (client_ref, live);

-- As live as its contact.
alter table contact_location
    add column live boolean default true,
    add constraint contact_location_live_check check (coalesce(live, true)),
    drop constraint contact_location_location_fkey,
    add constraint contact_location_location_fkey foreign key (client_ref, location_ref, live) references location (client_ref, location_ref, live);

-- A list's total is that of all records less that of the archived ones: neither reads a record.
create index client_archived_idx on client (client_ref) where live is null;
create index contact_archived_idx on contact (client_ref, contact_ref) where live is null;

create or replace view contact_record as
select
    c.client_ref, c.contact_ref, c.salutation, c.forename, c.surname,
    c.contact1, c.contact1_type, c.contact2, c.contact2_type, c.contact3, c.contact3_type, c.contact4, c.contact4_type, c.preferred_contact,
    c.address1, c.address2, c.address3, c.address4, c.post_code, c.notes, c.considerations,
    c.version, c.created_at, c.created_by, c.updated_at, c.updated_by,
    a.location_refs, a.preferred, a.start_dates, a.end_dates, a.usage_type_ids,
    c.live, c.archived_at
from contact c
cross join lateral (
    select
        array_agg(o.location_ref) as location_refs,
        array_agg(o.is_preferred) as preferred,
        array_agg(o.start_date) as start_dates,
        array_agg(o.end_date) as end_dates,
        array_agg(o.usage_type_id) as usage_type_ids
    from (
        select cl.location_ref, cl.is_preferred, cl.start_date, cl.end_date, l.usage_type_id
        from contact_location cl
        cross join lateral (
            select usage_type_id from location where client_ref = cl.client_ref and location_ref = cl.location_ref limit 1
        ) l
        where cl.client_ref = c.client_ref and cl.contact_ref = c.contact_ref
        order by cl.location_ref
    ) o
) a;

alter table database_setting add column allow_delete boolean not null default false;
