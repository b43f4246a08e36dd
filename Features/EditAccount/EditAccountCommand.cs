using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Tenancy;
using CrmImport.Infrastructure.Writes;
using MediatR;

namespace CrmImport.Features.EditAccount;

/// <summary>Create an account, or patch it.</summary>
internal sealed record EditAccountCommand(Tenant Tenant, Caller Caller, RecordEdit Edit) : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    public WriteDemands Demands => Edit.Demands;
}
