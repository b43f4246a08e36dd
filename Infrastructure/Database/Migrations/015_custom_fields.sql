-- Fields that an administrator adds to contacts, clients and locations (source: Neoserra, custom fields): their values are kept beside the record, by their names. A retired one keeps its values.
create table custom_field (
    name text collate "C" not null,
    type text not null,
    max_length integer,
    list text,
    mandatory boolean not null,
    default_value text,
    label varchar(100),
    description varchar(1000),
    retired boolean not null,
    version bigint not null,
    created_at timestamptz not null,
    created_by text not null,
    updated_at timestamptz not null,
    updated_by text not null,
    constraint custom_field_pkey primary key (name)
);

create trigger custom_field_change after insert or update or delete on custom_field
    for each row execute function notify_change('field_requirement', 'name');

alter table contact add column custom jsonb, add constraint contact_custom_check check (jsonb_typeof(custom) = 'object');
alter table client add column custom jsonb, add constraint client_custom_check check (jsonb_typeof(custom) = 'object');
alter table location add column custom jsonb, add constraint location_custom_check check (jsonb_typeof(custom) = 'object');

-- What is given of them lies over what is there; null takes a value away.
create function with_custom(before jsonb, given jsonb) returns jsonb language sql immutable parallel safe
    return nullif(jsonb_strip_nulls(coalesce(before, '{}') || coalesce(given, '{}')), '{}');

create or replace view contact_record as
select
    c.client_ref, c.contact_ref, c.salutation, c.forename, c.surname,
    c.contact1, c.contact1_type, c.contact2, c.contact2_type, c.contact3, c.contact3_type, c.contact4, c.contact4_type, c.preferred_contact,
    c.address1, c.address2, c.address3, c.address4, c.post_code, c.notes, c.considerations,
    c.version, c.created_at, c.created_by, c.updated_at, c.updated_by,
    a.location_refs, a.preferred, a.start_dates, a.end_dates, a.usage_type_ids,
    c.live, c.archived_at, c.custom
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
