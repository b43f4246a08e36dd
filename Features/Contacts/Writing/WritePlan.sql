-- One statement, one transaction: all changes of a batch, each stored completely or not at all.
-- A write is left out if its contact, a former preferred contact or a location no longer has the version that the change was decided on; the
-- caller then reads and decides it again. So the before-images in the audit are true under any race.
-- Batches cannot deadlock: all lock locations first, then existing contacts, then new ones, each in the order of their keys.
-- Without the part neighbour, the update itself locks the contacts, in the order of the rows, which are sorted.
-- The parts are those of PlanParts, since running a part that has nothing to do costs a lone write as much as one that has; SqlParts explains the marks.
-- Of their 2,048 variants, many rows or a single one, few occur: new numbers need new contacts, associations a contact, bare rows a key,
-- archiving an update, and a single row is one contact without neighbours. The tests of contacts and parties used 21 of them, the mix of Tests/Load 5.
with
contact_in (
    row_no, account, version, client_ref, contact_ref, salutation, forename, surname,
    contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type, preferred_contact,
    address1, address2, address3, address4, post_code, notes, considerations
    , party_id --if party
    , is_archived --if archive
    , custom --if custom
) as materialized (
    select
        unnest(@ContactRow), unnest(@ContactAccount), unnest(@ContactVersion), unnest(@client_ref), unnest(@contact_ref), unnest(@salutation), unnest(@forename), unnest(@surname),
        unnest(@contact1), unnest(@contact1_type), unnest(@contact2), unnest(@contact2_type),
        unnest(@contact3), unnest(@contact3_type), unnest(@contact4), unnest(@contact4_type), unnest(@preferred_contact),
        unnest(@address1), unnest(@address2), unnest(@address3), unnest(@address4), unnest(@post_code), unnest(@notes), unnest(@considerations)
        , unnest(@ContactPartyId) --if party
        , unnest(@ContactIsArchived) --if archive
        , unnest(@ContactCustom)::jsonb --if custom
),
--begin neighbour
unlink_in (row_no, client_ref, contact_ref, location_ref) as materialized (
    select unnest(@UnlinkRow), unnest(@UnlinkClientRef), unnest(@UnlinkContactRef), unnest(@UnlinkLocationRef)
),
former_in (row_no, account, client_ref, contact_ref, version, location_ref) as materialized (
    select unnest(@FormerRow), unnest(@FormerAccount), unnest(@FormerClientRef), unnest(@FormerContactRef), unnest(@FormerVersion), unnest(@FormerLocationRef)
),
-- the locations a row gives a preferred contact or, where usage_type_id is not null, another usage type
location_in (row_no, account, client_ref, location_ref, version, usage_type_id) as materialized (
    select
        unnest(@LocationRow), unnest(@LocationAccount), unnest(@LocationClientRef), unnest(@LocationLocationRef),
        unnest(@LocationVersion), unnest(@LocationUsageTypeId)
),
locked_location as materialized (
    select l.client_ref, l.location_ref, l.version
    from (select distinct client_ref, location_ref from location_in) wanted
    join location l on l.client_ref = wanted.client_ref and l.location_ref = wanted.location_ref
    order by l.client_ref, l.location_ref
    for no key update of l
),
locked_contact as materialized (
    select c.client_ref, c.contact_ref, c.version
    from (
        select client_ref, contact_ref from contact_in where version > 0 and exists (select from location_in)
        union
        select client_ref, contact_ref from former_in
    ) wanted
    join contact c on c.client_ref = wanted.client_ref and c.contact_ref = wanted.contact_ref
    where (select count(*) from locked_location) >= 0 -- locations first
    order by c.client_ref, c.contact_ref
    for no key update of c
),
lost as materialized (
    select i.row_no
    from contact_in i
    left join locked_contact c on c.client_ref = i.client_ref and c.contact_ref = i.contact_ref
    where i.version > 0 and exists (select from location_in) and c.version is distinct from i.version
    union
    select i.row_no
    from former_in i
    left join locked_contact c on c.client_ref = i.client_ref and c.contact_ref = i.contact_ref
    where c.version is distinct from i.version
    union
    select i.row_no
    from location_in i
    left join locked_location l on l.client_ref = i.client_ref and l.location_ref = i.location_ref
    where i.usage_type_id is not null and l.version is distinct from i.version
),
--end
--begin update
updated as (
    update contact c
    set salutation = i.salutation, forename = i.forename, surname = i.surname,
        contact1 = i.contact1, contact1_type = i.contact1_type, contact2 = i.contact2, contact2_type = i.contact2_type,
        contact3 = i.contact3, contact3_type = i.contact3_type, contact4 = i.contact4, contact4_type = i.contact4_type,
        preferred_contact = i.preferred_contact,
        address1 = i.address1, address2 = i.address2, address3 = i.address3, address4 = i.address4, post_code = i.post_code,
        notes = i.notes, considerations = i.considerations,
        version = i.version + 1, updated_at = @At, updated_by = i.account
        , live = case when not i.is_archived then true end, archived_at = case when i.is_archived then @At end --if archive
        , custom = with_custom(c.custom, i.custom) --if custom
    from contact_in i
    where i.version > 0 and c.client_ref = i.client_ref and c.contact_ref = i.contact_ref and c.version = i.version
        and not exists (select from lost where lost.row_no = i.row_no) --if neighbour
    returning i.row_no
),
--end
--begin insert
inserted as (
    insert into contact (
        client_ref, contact_ref, salutation, forename, surname,
        contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type, preferred_contact,
        address1, address2, address3, address4, post_code, notes, considerations,
        version, created_at, created_by, updated_at, updated_by
        , party_id --if party
        , custom --if custom
    )
    select
        i.client_ref, i.contact_ref, i.salutation, i.forename, i.surname,
        i.contact1, i.contact1_type, i.contact2, i.contact2_type, i.contact3, i.contact3_type, i.contact4, i.contact4_type, i.preferred_contact,
        i.address1, i.address2, i.address3, i.address4, i.post_code, i.notes, i.considerations,
        1, @At, i.account, @At, i.account
        , coalesce(i.party_id, nextval('contact_party_id_seq')) --if party
        , with_custom(null, i.custom) --if custom
    from contact_in i
    where i.version = 0
        and not exists (select from lost where lost.row_no = i.row_no) --if neighbour
        and (select count(*) from updated) >= 0 -- the contacts there are first --if update
    order by i.client_ref, i.contact_ref
    on conflict (client_ref, contact_ref) do nothing
    returning client_ref, contact_ref
),
--end
done as materialized (
    select null::integer as row_no where false
    union all select row_no from updated --if update
    union all select i.row_no from inserted n join contact_in i on i.client_ref = n.client_ref and i.contact_ref = n.contact_ref --if insert
    union all select unnest(@BareRow) --if bare
    -- rows that change nothing of their own contact
    union all select row_no from (select row_no from location_in except select row_no from contact_in) o where row_no not in (select row_no from lost) --if neighbour
),
--begin neighbour
-- a contact that stops being a location's preferred one has changed: its version says so
former as (
    update contact c
    set version = c.version + 1, updated_at = @At, updated_by = f.account
    from (select distinct i.client_ref, i.contact_ref, i.account from former_in i join done d on d.row_no = i.row_no) f
    where c.client_ref = f.client_ref and c.contact_ref = f.contact_ref
),
cleared as (
    update contact_location cl
    set is_preferred = false, is_lost = true
    from former_in i
    join done d on d.row_no = i.row_no
    where cl.client_ref = i.client_ref and cl.contact_ref = i.contact_ref and cl.location_ref = i.location_ref
    returning 1
),
unlinked as (
    delete from contact_location cl
    using unlink_in i
    join done d on d.row_no = i.row_no
    where cl.client_ref = i.client_ref and cl.contact_ref = i.contact_ref and cl.location_ref = i.location_ref
),
--end
--begin link
linked as (
    insert into contact_location (client_ref, contact_ref, location_ref, is_preferred, start_date, end_date, is_lost)
    select i.client_ref, i.contact_ref, i.location_ref, i.is_preferred, i.start_date, i.end_date, i.is_lost
    from (
        select
            unnest(@LinkRow) as row_no, unnest(@LinkClientRef) as client_ref, unnest(@LinkContactRef) as contact_ref, unnest(@LinkLocationRef) as location_ref,
            unnest(@LinkIsPreferred) as is_preferred, unnest(@LinkStartDate) as start_date, unnest(@LinkEndDate) as end_date, unnest(@LinkIsLost) as is_lost
    ) i
    join done d on d.row_no = i.row_no
    where (select count(*) from cleared) >= 0 -- the former preferred contact makes room first --if neighbour
    order by i.client_ref, i.contact_ref, i.location_ref
    on conflict (client_ref, contact_ref, location_ref) do update
    set is_preferred = excluded.is_preferred, start_date = excluded.start_date, end_date = excluded.end_date, is_lost = excluded.is_lost
        , live = true --if archive
),
--end
--begin archive
-- an association is as live as its contact; those of a restored one are stored anew
shelved as (
    update contact_location cl
    set live = null
    from contact_in i
    join done d on d.row_no = i.row_no
    where i.is_archived and cl.client_ref = i.client_ref and cl.contact_ref = i.contact_ref
),
--end
--begin neighbour
used as (
    update location l
    set usage_type_id = i.usage_type_id, version = l.version + 1, updated_at = @At, updated_by = i.account
    from location_in i
    join done d on d.row_no = i.row_no
    where i.usage_type_id is not null and l.client_ref = i.client_ref and l.location_ref = i.location_ref
),
--end
audited as (
    insert into audit_entry (
        at, account, kind, address, method, route, status, outcome, record_type, client_ref, contact_ref, location_ref, changes, trace_id
        , import_id --if import
    )
    select
        @At, i.account, i.kind, i.address, i.method, i.route, i.status, i.outcome, i.record_type, i.client_ref, i.contact_ref, i.location_ref, i.changes::json, i.trace_id
        , i.import_id --if import
    from (
        select
            unnest(@AuditRow) as row_no, unnest(@AuditAccount) as account, unnest(@AuditKind) as kind, unnest(@AuditAddress) as address,
            unnest(@AuditMethod) as method, unnest(@AuditRoute) as route, unnest(@AuditTraceId) as trace_id, unnest(@AuditStatus) as status,
            unnest(@AuditRecordType) as record_type, unnest(@AuditOutcome) as outcome,
            unnest(@AuditClientRef) as client_ref, unnest(@AuditContactRef) as contact_ref, unnest(@AuditLocationRef) as location_ref, unnest(@AuditChanges) as changes
            , unnest(@AuditImportId) as import_id --if import
    ) i
    join done d on d.row_no = i.row_no
)
--begin key
, kept as (
    insert into idempotency_record (account_id, key, fingerprint, status, outcome, etag, location, body, at)
    select i.account_id, i.key, i.fingerprint, i.status, i.outcome, i.etag, i.location, i.body, @At
    from (
        select
            unnest(@KeyRow) as row_no, unnest(@KeyAccountId) as account_id, unnest(@Key) as key, unnest(@KeyFingerprint) as fingerprint,
            unnest(@KeyStatus) as status, unnest(@KeyOutcome) as outcome, unnest(@KeyETag) as etag, unnest(@KeyLocation) as location, unnest(@KeyBody) as body
    ) i
    join done d on d.row_no = i.row_no
)
--end
select row_no from done
