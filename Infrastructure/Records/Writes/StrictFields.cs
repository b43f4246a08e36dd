using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>Refuses unknown fields of a write where <c>strictFields</c> of the account says so, or of the database where the account's is null.</summary>
internal sealed class StrictFields : IWarningPolicy
{
    // The settings are read only where something is unknown: a write of known fields pays nothing for them.
    public async ValueTask<Refusal?> CheckAsync(object request, IReadOnlyList<Problem> warnings, CancellationToken cancellationToken) =>
        request is IKeyedWrite write && warnings.Any(IsUnknownField) && (write.Caller.StrictFields ?? (await write.Tenant.Settings.ReadAsync(cancellationToken)).StrictFields)
            ? Refusal.Of([.. warnings.Select(problem => IsUnknownField(problem) ? problem with { Level = Problem.SevereLevel, Message = $"{problem.Field} is not a known field" } : problem)])
            : null;

    private static bool IsUnknownField(Problem problem) => problem.Error == ApiErrors.UnknownField;
}
