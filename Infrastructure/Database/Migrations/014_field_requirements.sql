-- What an administrator demands of a field beyond the catalogue (source: Neoserra, Field Requirements): a row for each field that somebody changed, named as contact.notes.
create table field_requirement (
    field text collate "C" not null,
    mandatory boolean not null,
    non_empty boolean not null,
    max_length integer,
    pattern varchar(200),
    allowed text[] not null,
    default_value text,
    label varchar(100),
    description varchar(1000),
    hidden boolean not null,
    version bigint not null,
    created_at timestamptz not null,
    created_by text not null,
    updated_at timestamptz not null,
    updated_by text not null,
    constraint field_requirement_pkey primary key (field)
);

create trigger field_requirement_change after insert or update or delete on field_requirement
    for each row execute function notify_change('field_requirement', 'field');
