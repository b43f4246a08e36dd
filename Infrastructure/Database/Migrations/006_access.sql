-- Accounts, endpoints and the database's settings are edited like clients and locations: by version, with an audit entry of each change.
alter table account
    add column version bigint not null default 1,
    add column created_by text not null default '',
    add column updated_at timestamptz not null default now(),
    add column updated_by text not null default '';

update account set updated_at = created_at;

-- What a service account calls through (source: Neoserra API endpoints). No addresses allowed by name: any may call.
create table endpoint (
    endpoint_id text collate "C" not null,
    name varchar(200) not null,
    account_id bigint not null,
    allowed_addresses text[] not null default '{}',
    active boolean not null default true,
    version bigint not null default 1,
    created_at timestamptz not null,
    created_by text not null,
    updated_at timestamptz not null,
    updated_by text not null,
    constraint endpoint_pkey primary key (endpoint_id),
    constraint endpoint_account_fkey foreign key (account_id) references account (account_id)
);

create unique index endpoint_name_key on endpoint (lower(name));

-- The secret itself is shown once, when the key is made, and kept nowhere: 256 random bits, of which a plain SHA-256 gives nothing away.
create table access_key (
    key_id text collate "C" not null,
    endpoint_id text collate "C" not null,
    secret_hash bytea not null,
    created_at timestamptz not null,
    created_by text not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    revoked_by text,
    constraint access_key_pkey primary key (key_id),
    constraint access_key_endpoint_fkey foreign key (endpoint_id) references endpoint (endpoint_id)
);

create index access_key_endpoint_idx on access_key (endpoint_id);

create trigger endpoint_change after update or delete on endpoint
    for each row execute function notify_change('endpoint', 'endpoint_id');

-- Not of last_used_at, which is written for every key in use.
create trigger access_key_change after update of expires_at, revoked_at or delete on access_key
    for each row execute function notify_change('access_key', 'key_id');

-- Failed log-ins, counted by account, by address, and by both. An account need not exist: its failures must look like any other's.
create table login_failure (
    subject text collate "C" not null,
    failures integer not null,
    last_at timestamptz not null,
    blocked_until timestamptz,
    constraint login_failure_pkey primary key (subject)
);

create index login_failure_last_at_idx on login_failure (last_at);

-- A key that another has replaced still verifies until it retires, when the last token it signed has expired.
alter table signing_key
    add column retires_at timestamptz,
    add column sealed boolean not null default false;

create trigger signing_key_change after insert or update or delete on signing_key
    for each row execute function notify_change('signing_key', 'kid');

-- What an administrator decides for this database: one row, one column a decision.
create table database_setting (
    only_row boolean not null default true,
    require_version boolean not null default false,
    api_enabled boolean not null default true,
    strict_fields boolean not null default false,
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    created_by text not null default '',
    updated_at timestamptz not null default now(),
    updated_by text not null default '',
    constraint database_setting_pkey primary key (only_row),
    constraint database_setting_only_row_check check (only_row)
);

insert into database_setting (require_version)
select coalesce((select value::text = 'true' from setting where name = 'require_version'), false);

drop table setting;

create trigger database_setting_change after update on database_setting
    for each row execute function notify_change('setting', 'only_row');

-- Which record an entry is of, where that is no client, location or contact: an op_id, an endpoint, a key.
alter table audit_entry add column record_ref text not null default '';

-- Refused calls, newest or oldest first; entries of changes are not in it, and cost it nothing.
create index audit_entry_refused_idx on audit_entry (id) where outcome like 'refused: %';

-- Entries come in the order of their time: a summary of each range of pages finds a time, and costs a write next to nothing. Summarised as the table grows, not only when it is vacuumed.
create index audit_entry_at_idx on audit_entry using brin (at) with (autosummarize = on);
