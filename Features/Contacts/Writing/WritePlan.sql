-- One statement, one transaction: every change of a batch, each carried out whole or not at all.
-- A row whose contact, former preferred contact or location is no longer of the version that the change was decided on is left out, and the
-- caller decides anew. That makes the audit's before-images true under any race.
-- Lines marked --update, --insert, --link, --neighbour, --key, --party, --bare are sent only where the batch updates contacts, creates contacts, stores associations,
-- concerns more than its own contacts, keeps answers under idempotency keys, numbers contacts itself, or only keeps an answer: executing a part that has nothing to do costs a lone write as much as one that has.
-- Two batches never wait for one another: all take locations first, then the contacts there are, then new ones, each in the order of their keys.
-- Without neighbours the update itself locks the contacts, and takes the rows as they come: sorted.
with
contact_in (
    row_no, account, version, client_ref, contact_ref, salutation, forename, surname,
    contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type, preferred_contact,
    address1, address2, address3, address4, post_code, notes, considerations
    , party_id --party
) as materialized (
    select
        unnest(@ContactRow), unnest(@ContactAccount), unnest(@ContactVersion), unnest(@client_ref), unnest(@contact_ref), unnest(@salutation), unnest(@forename), unnest(@surname),
        unnest(@contact1), unnest(@contact1_type), unnest(@contact2), unnest(@contact2_type),
        unnest(@contact3), unnest(@contact3_type), unnest(@contact4), unnest(@contact4_type), unnest(@preferred_contact),
        unnest(@address1), unnest(@address2), unnest(@address3), unnest(@address4), unnest(@post_code), unnest(@notes), unnest(@considerations)
        , unnest(@ContactPartyId) --party
),
unlink_in (row_no, client_ref, contact_ref, location_ref) as materialized ( --neighbour
    select unnest(@UnlinkRow), unnest(@UnlinkClientRef), unnest(@UnlinkContactRef), unnest(@UnlinkLocationRef) --neighbour
), --neighbour
former_in (row_no, account, client_ref, contact_ref, version, location_ref) as materialized ( --neighbour
    select unnest(@FormerRow), unnest(@FormerAccount), unnest(@FormerClientRef), unnest(@FormerContactRef), unnest(@FormerVersion), unnest(@FormerLocationRef) --neighbour
), --neighbour
-- the locations a row gives a preferred contact or, where usage_type_id is not null, another usage type --neighbour
location_in (row_no, account, client_ref, location_ref, version, usage_type_id) as materialized ( --neighbour
    select --neighbour
        unnest(@LocationRow), unnest(@LocationAccount), unnest(@LocationClientRef), unnest(@LocationLocationRef), --neighbour
        unnest(@LocationVersion), unnest(@LocationUsageTypeId) --neighbour
), --neighbour
locked_location as materialized ( --neighbour
    select l.client_ref, l.location_ref, l.version --neighbour
    from (select distinct client_ref, location_ref from location_in) wanted --neighbour
    join location l on l.client_ref = wanted.client_ref and l.location_ref = wanted.location_ref --neighbour
    order by l.client_ref, l.location_ref --neighbour
    for no key update of l --neighbour
), --neighbour
locked_contact as materialized ( --neighbour
    select c.client_ref, c.contact_ref, c.version --neighbour
    from ( --neighbour
        select client_ref, contact_ref from contact_in where version > 0 and exists (select from location_in) --neighbour
        union --neighbour
        select client_ref, contact_ref from former_in --neighbour
    ) wanted --neighbour
    join contact c on c.client_ref = wanted.client_ref and c.contact_ref = wanted.contact_ref --neighbour
    where (select count(*) from locked_location) >= 0 -- locations first --neighbour
    order by c.client_ref, c.contact_ref --neighbour
    for no key update of c --neighbour
), --neighbour
lost as materialized ( --neighbour
    select i.row_no --neighbour
    from contact_in i --neighbour
    left join locked_contact c on c.client_ref = i.client_ref and c.contact_ref = i.contact_ref --neighbour
    where i.version > 0 and exists (select from location_in) and c.version is distinct from i.version --neighbour
    union --neighbour
    select i.row_no --neighbour
    from former_in i --neighbour
    left join locked_contact c on c.client_ref = i.client_ref and c.contact_ref = i.contact_ref --neighbour
    where c.version is distinct from i.version --neighbour
    union --neighbour
    select i.row_no --neighbour
    from location_in i --neighbour
    left join locked_location l on l.client_ref = i.client_ref and l.location_ref = i.location_ref --neighbour
    where i.usage_type_id is not null and l.version is distinct from i.version --neighbour
), --neighbour
updated as ( --update
    update contact c --update
    set salutation = i.salutation, forename = i.forename, surname = i.surname, --update
        contact1 = i.contact1, contact1_type = i.contact1_type, contact2 = i.contact2, contact2_type = i.contact2_type, --update
        contact3 = i.contact3, contact3_type = i.contact3_type, contact4 = i.contact4, contact4_type = i.contact4_type, --update
        preferred_contact = i.preferred_contact, --update
        address1 = i.address1, address2 = i.address2, address3 = i.address3, address4 = i.address4, post_code = i.post_code, --update
        notes = i.notes, considerations = i.considerations, --update
        version = i.version + 1, updated_at = @At, updated_by = i.account --update
    from contact_in i --update
    where i.version > 0 and c.client_ref = i.client_ref and c.contact_ref = i.contact_ref and c.version = i.version --update
        and not exists (select from lost where lost.row_no = i.row_no) --update --neighbour
    returning i.row_no --update
), --update
inserted as ( --insert
    insert into contact ( --insert
        client_ref, contact_ref, salutation, forename, surname, --insert
        contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type, preferred_contact, --insert
        address1, address2, address3, address4, post_code, notes, considerations, --insert
        version, created_at, created_by, updated_at, updated_by --insert
        , party_id --insert --party
        ) --insert
    select --insert
        i.client_ref, i.contact_ref, i.salutation, i.forename, i.surname, --insert
        i.contact1, i.contact1_type, i.contact2, i.contact2_type, i.contact3, i.contact3_type, i.contact4, i.contact4_type, i.preferred_contact, --insert
        i.address1, i.address2, i.address3, i.address4, i.post_code, i.notes, i.considerations, --insert
        1, @At, i.account, @At, i.account --insert
        , coalesce(i.party_id, nextval('contact_party_id_seq')) --insert --party
    from contact_in i --insert
    where i.version = 0 --insert
        and not exists (select from lost where lost.row_no = i.row_no) --insert --neighbour
        and (select count(*) from updated) >= 0 -- the contacts there are first --insert --update
    order by i.client_ref, i.contact_ref --insert
    on conflict (client_ref, contact_ref) do nothing --insert
    returning client_ref, contact_ref --insert
), --insert
done as materialized (
    select null::integer as row_no where false
    union all select row_no from updated --update
    union all select i.row_no from inserted n join contact_in i on i.client_ref = n.client_ref and i.contact_ref = n.contact_ref --insert
    union all select unnest(@BareRow) --bare
    -- rows that change nothing of their own contact --neighbour
    union all select row_no from (select row_no from location_in except select row_no from contact_in) o where row_no not in (select row_no from lost) --neighbour
),
-- a contact that stops being a location's preferred one has changed: its version says so --neighbour
former as ( --neighbour
    update contact c --neighbour
    set version = c.version + 1, updated_at = @At, updated_by = f.account --neighbour
    from (select distinct i.client_ref, i.contact_ref, i.account from former_in i join done d on d.row_no = i.row_no) f --neighbour
    where c.client_ref = f.client_ref and c.contact_ref = f.contact_ref --neighbour
), --neighbour
cleared as ( --neighbour
    update contact_location cl --neighbour
    set is_preferred = false --neighbour
    from former_in i --neighbour
    join done d on d.row_no = i.row_no --neighbour
    where cl.client_ref = i.client_ref and cl.contact_ref = i.contact_ref and cl.location_ref = i.location_ref --neighbour
    returning 1 --neighbour
), --neighbour
unlinked as ( --neighbour
    delete from contact_location cl --neighbour
    using unlink_in i --neighbour
    join done d on d.row_no = i.row_no --neighbour
    where cl.client_ref = i.client_ref and cl.contact_ref = i.contact_ref and cl.location_ref = i.location_ref --neighbour
), --neighbour
linked as ( --link
    insert into contact_location (client_ref, contact_ref, location_ref, is_preferred, start_date, end_date) --link
    select i.client_ref, i.contact_ref, i.location_ref, i.is_preferred, i.start_date, i.end_date --link
    from ( --link
        select --link
            unnest(@LinkRow) as row_no, unnest(@LinkClientRef) as client_ref, unnest(@LinkContactRef) as contact_ref, unnest(@LinkLocationRef) as location_ref, --link
            unnest(@LinkIsPreferred) as is_preferred, unnest(@LinkStartDate) as start_date, unnest(@LinkEndDate) as end_date --link
    ) i --link
    join done d on d.row_no = i.row_no --link
    where (select count(*) from cleared) >= 0 -- the former preferred contact makes room first --link --neighbour
    order by i.client_ref, i.contact_ref, i.location_ref --link
    on conflict (client_ref, contact_ref, location_ref) do update --link
    set is_preferred = excluded.is_preferred, start_date = excluded.start_date, end_date = excluded.end_date --link
), --link
used as ( --neighbour
    update location l --neighbour
    set usage_type_id = i.usage_type_id, version = l.version + 1, updated_at = @At, updated_by = i.account --neighbour
    from location_in i --neighbour
    join done d on d.row_no = i.row_no --neighbour
    where i.usage_type_id is not null and l.client_ref = i.client_ref and l.location_ref = i.location_ref --neighbour
), --neighbour
audited as (
    insert into audit_entry (
        at, account, kind, address, method, route, status, outcome, record_type, client_ref, contact_ref, location_ref, changes, trace_id)
    select
        @At, i.account, i.kind, i.address, i.method, i.route, i.status, i.outcome, i.record_type, i.client_ref, i.contact_ref, i.location_ref, i.changes::json, i.trace_id
    from (
        select
            unnest(@AuditRow) as row_no, unnest(@AuditAccount) as account, unnest(@AuditKind) as kind, unnest(@AuditAddress) as address,
            unnest(@AuditMethod) as method, unnest(@AuditRoute) as route, unnest(@AuditTraceId) as trace_id, unnest(@AuditStatus) as status,
            unnest(@AuditRecordType) as record_type, unnest(@AuditOutcome) as outcome,
            unnest(@AuditClientRef) as client_ref, unnest(@AuditContactRef) as contact_ref, unnest(@AuditLocationRef) as location_ref, unnest(@AuditChanges) as changes
    ) i
    join done d on d.row_no = i.row_no
)
, kept as ( --key
    insert into idempotency_record (account_id, key, fingerprint, status, outcome, etag, location, body, at) --key
    select i.account_id, i.key, i.fingerprint, i.status, i.outcome, i.etag, i.location, i.body, @At --key
    from ( --key
        select --key
            unnest(@KeyRow) as row_no, unnest(@KeyAccountId) as account_id, unnest(@Key) as key, unnest(@KeyFingerprint) as fingerprint, --key
            unnest(@KeyStatus) as status, unnest(@KeyOutcome) as outcome, unnest(@KeyETag) as etag, unnest(@KeyLocation) as location, unnest(@KeyBody) as body --key
    ) i --key
    join done d on d.row_no = i.row_no --key
) --key
select row_no from done
