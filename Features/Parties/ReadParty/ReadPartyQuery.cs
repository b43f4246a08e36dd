using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Parties.ReadParty;

/// <summary>Read one party by its number.</summary>
/// <param name="Shape">A contact as the database has it.</param>
[Unvalidated("a number that cannot exist is not found")]
internal sealed record ReadPartyQuery(Tenant Tenant, RecordShape Shape, long Id, ArchivedFilter Archived) : IRequest<Answer<Party>>;
