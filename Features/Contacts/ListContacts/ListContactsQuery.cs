using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Contacts.ListContacts;

/// <summary>Read a page of the contacts: of all, of one client, or of one location of that client.</summary>
/// <param name="Shape">A contact as the database has it.</param>
[Unvalidated("the parameters were checked where they were read, and a client or a location that cannot exist is not found")]
internal sealed record ListContactsQuery(Tenant Tenant, RecordShape Shape, string? ClientRef, string? LocationRef, ListRequest List) : IRequest<Answer<ListPage<Contact>>>;
