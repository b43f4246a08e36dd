using CrmImport.Infrastructure.Callers;

namespace CrmImport.Infrastructure.Auth;

/// <summary>An account as it is read to call. Set by Dapper; no positional record, since the driver says of an array column no more than that it is an array.</summary>
internal sealed class CallerRow
{
    public long AccountId { get; init; }

    public string OpId { get; init; } = "";

    public string OpName { get; init; } = "";

    public int OpLevel { get; init; }

    public int OpFunction { get; init; }

    public string Kind { get; init; } = "";

    public string[] Permissions { get; init; } = [];

    public bool? StrictFields { get; init; }

    public Caller ToCaller(Guid? sessionId) => new(AccountId, OpId, OpName, OpLevel, OpFunction, Kind, Permissions, sessionId, CallOrigin.Unknown) { StrictFields = StrictFields };
}
