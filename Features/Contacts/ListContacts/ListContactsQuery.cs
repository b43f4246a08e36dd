using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Contacts.ListContacts;

/// <summary>Read a page of the contacts: of one client, or of all where the ref is null.</summary>
internal sealed record ListContactsQuery(Tenant Tenant, string? ClientRef, ListRequest List) : IRequest<Answer<ListPage<Contact>>>;

/// <summary>Nothing to check: the parameters were checked where they were read, and a client that cannot exist is not found.</summary>
internal sealed class ListContactsValidator : AbstractValidator<ListContactsQuery>;
