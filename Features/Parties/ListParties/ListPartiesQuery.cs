using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Parties.ListParties;

/// <summary>Read a page of the directory.</summary>
/// <param name="Shape">A contact as the database has it.</param>
[Unvalidated("the parameters were checked where they were read")]
internal sealed record ListPartiesQuery(Tenant Tenant, RecordShape Shape, ListRequest List) : IRequest<Answer<ListPage<Party>>>;
