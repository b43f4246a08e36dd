-- Keys are the callers' own, client first, so that a database can be spread by client_ref. They compare by code point ("C"):
-- the order of keys must not depend on the operating system's locale, or a changed C library corrupts the indexes.

create table list_item (
    list text collate "C" not null,
    id integer not null,
    name varchar(200) not null,
    rank integer not null,
    active boolean not null default true,
    constraint list_item_pkey primary key (list, id)
);

create table client (
    client_ref varchar(50) collate "C" not null,
    name varchar(200),
    address1 varchar(200),
    address2 varchar(200),
    address3 varchar(200),
    address4 varchar(200),
    post_code varchar(50),
    notes varchar(2000),
    version bigint not null default 1,
    created_at timestamptz not null,
    created_by text not null,
    updated_at timestamptz not null,
    updated_by text not null,
    constraint client_pkey primary key (client_ref)
);

create table location (
    client_ref varchar(50) collate "C" not null,
    location_ref varchar(50) collate "C" not null,
    name varchar(200),
    address1 varchar(200),
    address2 varchar(200),
    address3 varchar(200),
    address4 varchar(200),
    post_code varchar(50),
    usage_type_id integer,
    version bigint not null default 1,
    created_at timestamptz not null,
    created_by text not null,
    updated_at timestamptz not null,
    updated_by text not null,
    constraint location_pkey primary key (client_ref, location_ref),
    constraint location_client_fkey foreign key (client_ref) references client (client_ref)
);

-- Mandatory texts may be empty but not null (source: Oneserve contact API); an optional one that is empty is null.
create table contact (
    client_ref varchar(50) collate "C" not null,
    contact_ref varchar(50) collate "C" not null,
    salutation varchar(50) not null,
    forename varchar(80) not null,
    surname varchar(80) not null,
    contact1 varchar(80) not null,
    contact1_type integer not null,
    contact2 varchar(50),
    contact2_type integer,
    contact3 varchar(80),
    contact3_type integer,
    contact4 varchar(80),
    contact4_type integer,
    preferred_contact integer not null,
    address1 varchar(200) not null,
    address2 varchar(200) not null,
    address3 varchar(200),
    address4 varchar(200),
    post_code varchar(50) not null,
    notes varchar(2000),
    considerations varchar(4000),
    version bigint not null,
    created_at timestamptz not null,
    created_by text not null,
    updated_at timestamptz not null,
    updated_by text not null,
    constraint contact_pkey primary key (client_ref, contact_ref),
    constraint contact_client_fkey foreign key (client_ref) references client (client_ref),
    constraint contact_preferred_contact_check check (preferred_contact between 1 and 4)
);

create table contact_location (
    client_ref varchar(50) collate "C" not null,
    contact_ref varchar(50) collate "C" not null,
    location_ref varchar(50) collate "C" not null,
    is_preferred boolean not null,
    start_date date,
    end_date date,
    constraint contact_location_pkey primary key (client_ref, contact_ref, location_ref),
    constraint contact_location_contact_fkey foreign key (client_ref, contact_ref) references contact (client_ref, contact_ref),
    constraint contact_location_location_fkey foreign key (client_ref, location_ref) references location (client_ref, location_ref),
    constraint contact_location_dates_check check (end_date >= start_date)
);

-- One preferred contact a location, whoever writes at the same time.
create unique index contact_location_preferred_key on contact_location (client_ref, location_ref) where is_preferred;

-- A contact with its associations as arrays in the order of their refs, so that both are read in one statement: as of one moment.
create view contact_record as
select
    c.client_ref, c.contact_ref, c.salutation, c.forename, c.surname,
    c.contact1, c.contact1_type, c.contact2, c.contact2_type, c.contact3, c.contact3_type, c.contact4, c.contact4_type, c.preferred_contact,
    c.address1, c.address2, c.address3, c.address4, c.post_code, c.notes, c.considerations,
    c.version, c.created_at, c.created_by, c.updated_at, c.updated_by,
    a.location_refs, a.preferred, a.start_dates, a.end_dates, a.usage_type_ids
from contact c
cross join lateral (
    -- ordered once, below, by the primary key; an order by in each array_agg would sort five times
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

-- client_ref, contact_ref and location_ref are empty where an entry concerns none (a log-in, a location), so that they can stand in the key.
-- changes is json, not jsonb: it keeps the fields in their order, and is only ever read whole.
create table audit_entry (
    client_ref text collate "C" not null default '',
    contact_ref text collate "C" not null default '',
    location_ref text collate "C" not null default '',
    id bigint generated always as identity,
    at timestamptz not null,
    account text not null,
    kind text not null,
    address text not null,
    method text not null,
    route text not null,
    status smallint not null,
    outcome text not null,
    record_type text not null,
    changes json,
    import_id uuid,
    trace_id text not null,
    constraint audit_entry_pkey primary key (client_ref, contact_ref, id)
);

create index audit_entry_id_idx on audit_entry (id);
