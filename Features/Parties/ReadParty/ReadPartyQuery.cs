using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Parties.ReadParty;

/// <summary>Read one party by its number.</summary>
internal sealed record ReadPartyQuery(Tenant Tenant, long Id) : IRequest<Answer<Party>>;

/// <summary>Nothing to check: a number that cannot be is not found.</summary>
internal sealed class ReadPartyValidator : AbstractValidator<ReadPartyQuery>;
