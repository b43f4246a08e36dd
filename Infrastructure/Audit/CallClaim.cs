using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Audit;

/// <summary>What a call without a valid credential says of itself: the database it names if that is served here, else the only one; and the id of the access key it shows.</summary>
internal sealed record CallClaim(Tenant? Database, string KeyId);
