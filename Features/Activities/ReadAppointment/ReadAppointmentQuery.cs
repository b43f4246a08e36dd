using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Activities.ReadAppointment;

/// <summary>Read one appointment by its number.</summary>
[Unvalidated("a number that cannot exist is not found")]
internal sealed record ReadAppointmentQuery(Tenant Tenant, long Id) : IRequest<Answer<Appointment>>;
