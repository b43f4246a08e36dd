using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>The plan's rows as the columns that the statement unnests, under the names it has for them.</summary>
internal sealed partial class WritePlan
{
    /// <summary>The values of all parameters; of a single row, only those that it has.</summary>
    public ParameterValues Parameters(bool isSingle)
    {
        var values = new ParameterValues(isSingle);
        values.Add("At", At);
        values.Add("ContactRow", contacts, contact => contact.Row);
        values.Add("ContactAccount", contacts, contact => contact.Caller.OpId);
        values.Add("ContactPartyId", contacts, contact => contact.Change.PartyId);
        values.Add("ContactIsArchived", contacts, contact => contact.Change.IsArchived);
        values.Add("ContactVersion", contacts, contact => contact.Change.Before?.Version ?? 0);
        values.Add("ContactCustom", contacts, contact => contact.Change.Custom);
        for (var i = 0; i < ContactFields.Contact.Fields.Count; i++)
        {
            var (index, field) = (i, ContactFields.Contact.Fields[i]);
            if (field.Kind == FieldKind.Integer)
            {
                values.Add(field.Column, contacts, contact => (int?)contact.Change.Values[index]);
            }
            else
            {
                values.Add(field.Column, contacts, contact => (string?)contact.Change.Values[index]);
            }
        }

        values.Add("LinkRow", links, link => link.Row);
        values.Add("LinkClientRef", links, link => link.ClientRef);
        values.Add("LinkContactRef", links, link => link.ContactRef);
        values.Add("LinkLocationRef", links, link => link.Link.LocationRef);
        values.Add("LinkIsPreferred", links, link => link.Link.IsPreferred);
        values.Add("LinkStartDate", links, link => link.Link.StartDate);
        values.Add("LinkEndDate", links, link => link.Link.EndDate);
        values.Add("LinkIsLost", links, link => link.Link.IsLost);

        values.Add("UnlinkRow", unlinks, unlink => unlink.Row);
        values.Add("UnlinkClientRef", unlinks, unlink => unlink.ClientRef);
        values.Add("UnlinkContactRef", unlinks, unlink => unlink.ContactRef);
        values.Add("UnlinkLocationRef", unlinks, unlink => unlink.LocationRef);

        values.Add("FormerRow", formers, former => former.Row);
        values.Add("FormerAccount", formers, former => former.Caller.OpId);
        values.Add("FormerClientRef", formers, former => former.Location.ClientRef);
        values.Add("FormerContactRef", formers, former => former.Location.PreferredContactRef);
        values.Add("FormerVersion", formers, former => former.Location.PreferredContactVersion);
        values.Add("FormerLocationRef", formers, former => former.Location.LocationRef);

        values.Add("LocationRow", locations, location => location.Row);
        values.Add("LocationAccount", locations, location => location.Caller.OpId);
        values.Add("LocationClientRef", locations, location => location.Location.ClientRef);
        values.Add("LocationLocationRef", locations, location => location.Location.LocationRef);
        values.Add("LocationVersion", locations, location => location.Location.Version);
        values.Add("LocationUsageTypeId", locations, location => location.UsageTypeId);

        values.Add("AuditRow", audits, audit => audit.Row);
        values.Add("AuditAccount", audits, audit => audit.Caller.OpId);
        values.Add("AuditKind", audits, audit => new AuditedAccount(audit.Caller.OpId, audit.Caller.Kind).AuditKind);
        values.Add("AuditAddress", audits, audit => audit.Caller.Origin.Address);
        values.Add("AuditMethod", audits, audit => audit.Caller.Origin.Method);
        values.Add("AuditRoute", audits, audit => audit.Caller.Origin.Route);
        values.Add("AuditTraceId", audits, audit => audit.Caller.Origin.TraceId);
        values.Add("AuditStatus", audits, audit => (short)audit.Status);
        values.Add("AuditRecordType", audits, audit => audit.RecordType);
        values.Add("AuditOutcome", audits, audit => audit.Outcome);
        values.Add("AuditClientRef", audits, audit => audit.ClientRef);
        values.Add("AuditContactRef", audits, audit => audit.ContactRef);
        values.Add("AuditLocationRef", audits, audit => audit.LocationRef);
        values.Add("AuditChanges", audits, audit => audit.Changes);
        values.Add("AuditImportId", audits, audit => audit.Caller.Origin.ImportId);

        values.Add("BareRow", bareRows, row => row);
        values.Add("KeyRow", keys, key => key.Row);
        values.Add("KeyAccountId", keys, key => key.Command.Caller.AccountId);
        values.Add("Key", keys, key => key.Command.Conditions.Key!.Value);
        values.Add("KeyFingerprint", keys, key => key.Command.Conditions.Key!.Fingerprint);
        values.Add("KeyStatus", keys, key => (short)key.Answer.Status);
        values.Add("KeyOutcome", keys, key => key.Answer.Outcome.Text());
        values.Add("KeyETag", keys, key => key.Answer.ETag!);
        values.Add("KeyLocation", keys, key => key.Answer.Location);
        values.Add("KeyBody", keys, key => key.Answer.Body.ToArray());
        return values;
    }
}
