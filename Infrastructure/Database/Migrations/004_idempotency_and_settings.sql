-- The first answer to a write sent with an idempotency key, stored in the transaction of that write and deleted by age.
-- Not by client first, like the data: a key is its account's, whatever client the request was for.
create table idempotency_record (
    account_id bigint not null,
    key varchar(255) collate "C" not null,
    fingerprint bytea not null,
    status smallint not null,
    outcome text not null,
    etag text not null,
    location text,
    body bytea not null,
    at timestamptz not null,
    constraint idempotency_record_pkey primary key (account_id, key)
);

create index idempotency_record_at_idx on idempotency_record (at);

-- What an administrator decides for this database; a setting that is not here has its default.
create table setting (
    name text collate "C" not null,
    value json not null,
    constraint setting_pkey primary key (name)
);

create trigger setting_change after insert or update or delete on setting
    for each row execute function notify_change('setting', 'name');
