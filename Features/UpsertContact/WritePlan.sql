-- One statement, one transaction: every change of a batch, each carried out whole or not at all.
-- A row whose contact, former preferred contact or location is no longer of the version that the change was decided on is left out, and the
-- caller decides anew. That makes the audit's before-images true under any race.
-- Lines marked --+ are for rows that concern more than their own contact. A batch without any such row is stored by the statement without them.
-- Two batches never wait for one another: all take locations first, then the contacts there are, then new ones, each in the order of their keys.
-- Without the marked lines the update itself locks the contacts, and takes the rows as they come: sorted.
with
row_in (row_no, account, kind, address, method, route, trace_id) as materialized (
    select unnest(@Row), unnest(@Account), unnest(@Kind), unnest(@Address), unnest(@Method), unnest(@Route), unnest(@TraceId)
),
contact_in (
    row_no, version, client_ref, contact_ref, salutation, forename, surname,
    contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type, preferred_contact,
    address1, address2, address3, address4, post_code, notes, considerations
) as materialized (
    select
        unnest(@ContactRow), unnest(@ContactVersion), unnest(@client_ref), unnest(@contact_ref), unnest(@salutation), unnest(@forename), unnest(@surname),
        unnest(@contact1), unnest(@contact1_type), unnest(@contact2), unnest(@contact2_type),
        unnest(@contact3), unnest(@contact3_type), unnest(@contact4), unnest(@contact4_type), unnest(@preferred_contact),
        unnest(@address1), unnest(@address2), unnest(@address3), unnest(@address4), unnest(@post_code), unnest(@notes), unnest(@considerations)
),
link_in (row_no, client_ref, contact_ref, location_ref, is_preferred, start_date, end_date) as materialized (
    select
        unnest(@LinkRow), unnest(@LinkClientRef), unnest(@LinkContactRef), unnest(@LinkLocationRef),
        unnest(@LinkIsPreferred), unnest(@LinkStartDate), unnest(@LinkEndDate)
),
unlink_in (row_no, client_ref, contact_ref, location_ref) as materialized ( --+
    select unnest(@UnlinkRow), unnest(@UnlinkClientRef), unnest(@UnlinkContactRef), unnest(@UnlinkLocationRef) --+
), --+
former_in (row_no, client_ref, contact_ref, version, location_ref) as materialized ( --+
    select unnest(@FormerRow), unnest(@FormerClientRef), unnest(@FormerContactRef), unnest(@FormerVersion), unnest(@FormerLocationRef) --+
), --+
-- the locations a row gives a preferred contact or, where usage_type_id is not null, another usage type --+
location_in (row_no, client_ref, location_ref, version, usage_type_id) as materialized ( --+
    select unnest(@LocationRow), unnest(@LocationClientRef), unnest(@LocationLocationRef), unnest(@LocationVersion), unnest(@LocationUsageTypeId) --+
), --+
audit_in (row_no, record_type, outcome, client_ref, contact_ref, location_ref, changes) as materialized (
    select
        unnest(@AuditRow), unnest(@AuditRecordType), unnest(@AuditOutcome),
        unnest(@AuditClientRef), unnest(@AuditContactRef), unnest(@AuditLocationRef), unnest(@AuditChanges)
),
locked_location as materialized ( --+
    select l.client_ref, l.location_ref, l.version --+
    from (select distinct client_ref, location_ref from location_in) wanted --+
    join location l on l.client_ref = wanted.client_ref and l.location_ref = wanted.location_ref --+
    order by l.client_ref, l.location_ref --+
    for no key update of l --+
), --+
locked_contact as materialized ( --+
    select c.client_ref, c.contact_ref, c.version --+
    from ( --+
        select client_ref, contact_ref from contact_in where version > 0 and exists (select from location_in) --+
        union --+
        select client_ref, contact_ref from former_in --+
    ) wanted --+
    join contact c on c.client_ref = wanted.client_ref and c.contact_ref = wanted.contact_ref --+
    where (select count(*) from locked_location) >= 0 -- locations first --+
    order by c.client_ref, c.contact_ref --+
    for no key update of c --+
), --+
lost as materialized ( --+
    select i.row_no --+
    from contact_in i --+
    left join locked_contact c on c.client_ref = i.client_ref and c.contact_ref = i.contact_ref --+
    where i.version > 0 and exists (select from location_in) and c.version is distinct from i.version --+
    union --+
    select i.row_no --+
    from former_in i --+
    left join locked_contact c on c.client_ref = i.client_ref and c.contact_ref = i.contact_ref --+
    where c.version is distinct from i.version --+
    union --+
    select i.row_no --+
    from location_in i --+
    left join locked_location l on l.client_ref = i.client_ref and l.location_ref = i.location_ref --+
    where i.usage_type_id is not null and l.version is distinct from i.version --+
), --+
updated as (
    update contact c
    set salutation = i.salutation, forename = i.forename, surname = i.surname,
        contact1 = i.contact1, contact1_type = i.contact1_type, contact2 = i.contact2, contact2_type = i.contact2_type,
        contact3 = i.contact3, contact3_type = i.contact3_type, contact4 = i.contact4, contact4_type = i.contact4_type,
        preferred_contact = i.preferred_contact,
        address1 = i.address1, address2 = i.address2, address3 = i.address3, address4 = i.address4, post_code = i.post_code,
        notes = i.notes, considerations = i.considerations,
        version = i.version + 1, updated_at = @At, updated_by = r.account
    from contact_in i
    join row_in r on r.row_no = i.row_no
    where i.version > 0 and c.client_ref = i.client_ref and c.contact_ref = i.contact_ref and c.version = i.version
        and not exists (select from lost where lost.row_no = i.row_no) --+
    returning c.client_ref, c.contact_ref
),
inserted as (
    insert into contact (
        client_ref, contact_ref, salutation, forename, surname,
        contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type, preferred_contact,
        address1, address2, address3, address4, post_code, notes, considerations,
        version, created_at, created_by, updated_at, updated_by)
    select
        i.client_ref, i.contact_ref, i.salutation, i.forename, i.surname,
        i.contact1, i.contact1_type, i.contact2, i.contact2_type, i.contact3, i.contact3_type, i.contact4, i.contact4_type, i.preferred_contact,
        i.address1, i.address2, i.address3, i.address4, i.post_code, i.notes, i.considerations,
        1, @At, r.account, @At, r.account
    from contact_in i
    join row_in r on r.row_no = i.row_no
    where i.version = 0
        and not exists (select from lost where lost.row_no = i.row_no) --+
        and (select count(*) from updated) >= 0 -- the contacts there are first
    order by i.client_ref, i.contact_ref
    on conflict (client_ref, contact_ref) do nothing
    returning client_ref, contact_ref
),
done as materialized (
    select r.row_no, r.account
    from row_in r
    left join contact_in i on i.row_no = r.row_no
    where (
            i.row_no is null
            or exists (select from inserted n where n.client_ref = i.client_ref and n.contact_ref = i.contact_ref)
            or exists (select from updated u where u.client_ref = i.client_ref and u.contact_ref = i.contact_ref))
        and not exists (select from lost where lost.row_no = r.row_no) --+
),
-- a contact that stops being a location's preferred one has changed: its version says so --+
former as ( --+
    update contact c --+
    set version = c.version + 1, updated_at = @At, updated_by = f.account --+
    from (select distinct i.client_ref, i.contact_ref, d.account from former_in i join done d on d.row_no = i.row_no) f --+
    where c.client_ref = f.client_ref and c.contact_ref = f.contact_ref --+
), --+
cleared as ( --+
    update contact_location cl --+
    set is_preferred = false --+
    from former_in i --+
    join done d on d.row_no = i.row_no --+
    where cl.client_ref = i.client_ref and cl.contact_ref = i.contact_ref and cl.location_ref = i.location_ref --+
    returning 1 --+
), --+
unlinked as ( --+
    delete from contact_location cl --+
    using unlink_in i --+
    join done d on d.row_no = i.row_no --+
    where cl.client_ref = i.client_ref and cl.contact_ref = i.contact_ref and cl.location_ref = i.location_ref --+
), --+
linked as (
    insert into contact_location (client_ref, contact_ref, location_ref, is_preferred, start_date, end_date)
    select i.client_ref, i.contact_ref, i.location_ref, i.is_preferred, i.start_date, i.end_date
    from link_in i
    join done d on d.row_no = i.row_no
    where (select count(*) from cleared) >= 0 --+ the former preferred contact makes room first
    order by i.client_ref, i.contact_ref, i.location_ref
    on conflict (client_ref, contact_ref, location_ref) do update
    set is_preferred = excluded.is_preferred, start_date = excluded.start_date, end_date = excluded.end_date
),
used as ( --+
    update location l --+
    set usage_type_id = i.usage_type_id, version = l.version + 1, updated_at = @At, updated_by = d.account --+
    from location_in i --+
    join done d on d.row_no = i.row_no --+
    where i.usage_type_id is not null and l.client_ref = i.client_ref and l.location_ref = i.location_ref --+
), --+
audited as (
    insert into audit_entry (
        at, account, kind, address, method, route, status, outcome, record_type, client_ref, contact_ref, location_ref, changes, trace_id)
    select
        @At, r.account, r.kind, r.address, r.method, r.route, 200, i.outcome, i.record_type, i.client_ref, i.contact_ref, i.location_ref, i.changes::json, r.trace_id
    from audit_in i
    join done d on d.row_no = i.row_no
    join row_in r on r.row_no = i.row_no
)
select row_no from done
