using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Contacts.ReadContact;

/// <summary>Read one contact.</summary>
/// <param name="Shape">A contact as the database has it.</param>
[Unvalidated("refs that cannot exist are not found")]
internal sealed record ReadContactQuery(Tenant Tenant, RecordShape Shape, string ClientRef, string ContactRef, ArchivedFilter Archived = ArchivedFilter.Live) : IRequest<Answer<Contact>>;
