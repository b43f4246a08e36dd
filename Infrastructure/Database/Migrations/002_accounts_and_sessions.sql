create table account (
    account_id bigint generated always as identity,
    op_id varchar(50) not null,
    op_name varchar(200) not null,
    op_level integer not null,
    op_function integer not null,
    kind text not null,
    active boolean not null default true,
    permissions text[] not null default '{}',
    password_hash text,
    created_at timestamptz not null,
    constraint account_pkey primary key (account_id),
    constraint account_kind_check check (kind in ('operator', 'api', 'service'))
);

-- An operator's id is the same in any case (source: Collect! REST API log-in).
create unique index account_op_id_key on account (lower(op_id));

create table session (
    session_id uuid not null,
    account_id bigint not null,
    started_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    ended_because text,
    constraint session_pkey primary key (session_id),
    constraint session_account_fkey foreign key (account_id) references account (account_id)
);

-- One live session an account: a new log-in ends the one before (source: Oneserve contact API).
create unique index session_live_key on session (account_id) where ended_at is null;

-- A spent token keeps its successor, sealed under the spent token itself: a client that lost the answer to its refresh and
-- asks again within the grace gets the same successor, and nobody who reads this table gets any.
create table refresh_token (
    token_hash bytea not null,
    session_id uuid not null,
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    spent_at timestamptz,
    sealed_successor bytea,
    constraint refresh_token_pkey primary key (token_hash),
    constraint refresh_token_session_fkey foreign key (session_id) references session (session_id) on delete cascade
);

create index refresh_token_session_idx on refresh_token (session_id);

create table signing_key (
    kid text not null,
    secret bytea not null,
    created_at timestamptz not null,
    constraint signing_key_pkey primary key (kid)
);
