-- Imports. What was sent is kept in pieces until the import expires; each chunk of it is carried out in a transaction with its results and with where the next one begins.
create table import (
    import_id uuid not null,
    account_id bigint not null,
    account text not null,
    caller json not null, -- who sent it and from where, as the audit says of its changes
    name text,
    file_name text,
    format text not null,
    options json not null,
    layout json, -- of a table: its columns, and what each is
    state text not null,
    is_checked boolean not null default false, -- of an atomic import: that no row would be rejected
    is_cancelled boolean not null default false,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    bytes bigint not null default 0,
    sha256 bytea,
    idempotency_key text,
    fingerprint bytea,
    next_offset bigint not null default 0,
    next_line bigint not null default 1,
    rows_read bigint not null default 0,
    rows_created bigint not null default 0,
    rows_updated bigint not null default 0,
    rows_unchanged bigint not null default 0,
    rows_rejected bigint not null default 0,
    keys_changed bigint not null default 0,
    rejects json not null default '[]', -- the rejected rows by code and field, with an example of each
    problems json not null default '[]', -- of the file as a whole
    warnings json not null default '[]',
    undo_of uuid,
    undone_by uuid,
    claim uuid, -- whose turn it is: of a replica that dies, another's after claimed_until
    claimed_until timestamptz,
    constraint import_pkey primary key (import_id)
);

create unique index import_idempotency_key on import (account_id, idempotency_key);
create index import_created_at_idx on import (created_at);
create index import_sha256_idx on import (sha256);
create index import_open_idx on import (created_at) where finished_at is null;

-- Compressed, a mebibyte of UTF-8 each but for the last.
create table import_piece (
    import_id uuid not null,
    number integer not null,
    body bytea not null,
    constraint import_piece_pkey primary key (import_id, number),
    constraint import_piece_import_fkey foreign key (import_id) references import (import_id) on delete cascade
);

alter table import_piece alter column body set storage external;

-- What became of the rows, compressed NDJSON, a line a row.
create table import_chunk (
    import_id uuid not null,
    first_row bigint not null, -- how many rows were before it
    first_line bigint not null,
    first_offset bigint not null,
    rows integer not null,
    rejected integer not null,
    body bytea not null,
    constraint import_chunk_pkey primary key (import_id, first_row),
    constraint import_chunk_import_fkey foreign key (import_id) references import (import_id) on delete cascade
);

alter table import_chunk alter column body set storage external;

-- What an undo gives back: the contacts that the import changed, and the locations whose usage type it did, with its first and last entries in the audit of each.
create table import_undo (
    import_id uuid not null,
    number bigint not null,
    client_ref text collate "C" not null,
    contact_ref text collate "C" not null,
    location_ref text collate "C" not null,
    last_entry bigint not null,
    constraint import_undo_pkey primary key (import_id, number),
    constraint import_undo_import_fkey foreign key (import_id) references import (import_id) on delete cascade
);
