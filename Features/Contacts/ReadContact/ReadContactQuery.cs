using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Contacts.ReadContact;

/// <summary>Read one contact.</summary>
internal sealed record ReadContactQuery(Tenant Tenant, string ClientRef, string ContactRef) : IRequest<Answer<Contact>>;

/// <summary>Nothing to check: refs that cannot exist are not found.</summary>
internal sealed class ReadContactValidator : AbstractValidator<ReadContactQuery>;
