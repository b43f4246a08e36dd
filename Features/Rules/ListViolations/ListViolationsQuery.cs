using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ListViolations;

/// <summary>Read a page of the records that break what is required of a field.</summary>
[Unvalidated("the parameters were checked where they were read, and a field that cannot exist is not found")]
internal sealed record ListViolationsQuery(Tenant Tenant, Caller Caller, string Field, Page Page) : IRequest<Answer<PageBody<Violation>>>;
