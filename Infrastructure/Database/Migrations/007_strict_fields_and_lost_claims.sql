-- Whether the account's writes are refused because of unknown fields; null: as the database's setting says.
alter table account add column strict_fields boolean;

-- What an idempotency key keeps may be the answer to a write of what has no version.
alter table idempotency_record alter column etag drop not null;

-- Whether another contact took the location's preference from this one, which has not given it up itself: the same claim sent again is then no news.
alter table contact_location add column is_lost boolean not null default false;
