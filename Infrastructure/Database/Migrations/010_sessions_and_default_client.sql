-- How many sessions an operator may have at once: above, a log-in ends the oldest (1 is Oneserve's reset). And the client of parties that name none.
alter table database_setting
    add column sessions_per_operator integer not null default 1,
    add column default_client_ref text,
    add constraint database_setting_sessions_check check (sessions_per_operator between 1 and 1000);

drop index session_live_key;

create index session_live_idx on session (account_id, started_at) where ended_at is null;
