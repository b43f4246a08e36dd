-- Lists ignore case: what they search and order by is the text in lower case. text_pattern_ops serves equality, prefixes, and order by code
-- point, whatever the database's collation. Ways to reach a contact are often empty, and nobody looks for that.
create index contact_surname_idx on contact (lower(surname) text_pattern_ops);
create index contact_post_code_idx on contact (lower(post_code) text_pattern_ops);
create index contact_contact1_idx on contact (lower(contact1) text_pattern_ops) where contact1 <> '';
create index contact_contact2_idx on contact (lower(contact2) text_pattern_ops) where contact2 <> '';
create index contact_contact3_idx on contact (lower(contact3) text_pattern_ops) where contact3 <> '';
create index contact_contact4_idx on contact (lower(contact4) text_pattern_ops) where contact4 <> '';
create index client_name_idx on client (lower(name) text_pattern_ops);
create index client_post_code_idx on client (lower(post_code) text_pattern_ops);

-- A contact's number, for documents whose records have one (source: InTouch REST API). Not unique by an index: unique keys begin with the
-- client, so that a database can be spread by it.
alter table contact add column party_id bigint generated always as identity;
create index contact_party_id_idx on contact (party_id);

-- Without figures on the indexed expressions the planner does not believe in the indexes.
analyze contact, client;
