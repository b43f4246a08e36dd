using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Activities.ListAppointments;

/// <summary>Read a page of the appointments.</summary>
[Unvalidated("the parameters were checked where they were read")]
internal sealed record ListAppointmentsQuery(Tenant Tenant, ListRequest List) : IRequest<Answer<ListPage<Appointment>>>;
