using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Contacts.ListContacts;

/// <summary>Read a page of the contacts: of one client, or of all where the ref is null.</summary>
[Unvalidated("the parameters were checked where they were read, and a client that cannot exist is not found")]
internal sealed record ListContactsQuery(Tenant Tenant, string? ClientRef, ListRequest List) : IRequest<Answer<ListPage<Contact>>>;
