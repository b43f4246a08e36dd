using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Sessions.CurrentPrincipal;

/// <summary>Describe the caller to itself.</summary>
[Unvalidated("who calls is known already")]
internal sealed record CurrentPrincipalQuery(Tenant Tenant, Caller Caller) : IRequest<Answer<Principal>>;

/// <summary>
/// The caller, in SuperOffice's style; its document names the route and no property. Associate is the op_id, UserType operator, api or service,
/// Level and Function are Collect!'s op_level and op_function, and FunctionRights what the caller may do, all of it spelt out.
/// </summary>
internal sealed record Principal(
    [property: JsonPropertyName("AssociateId")] long AssociateId,
    [property: JsonPropertyName("Associate")] string Associate,
    [property: JsonPropertyName("FullName")] string FullName,
    [property: JsonPropertyName("UserType")] string UserType,
    [property: JsonPropertyName("Level")] int Level,
    [property: JsonPropertyName("Function")] int Function,
    [property: JsonPropertyName("DatabaseContextIdentifier")] string DatabaseContextIdentifier,
    [property: JsonPropertyName("FunctionRights")] IReadOnlyList<string> FunctionRights);
