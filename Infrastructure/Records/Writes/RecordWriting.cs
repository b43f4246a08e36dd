using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Settings;
using MediatR;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>What every write shares: the writer of records, idempotency keys, and whether unknown fields are refused.</summary>
internal static class RecordWriting
{
    /// <summary>After the mediator, in whose order behaviours wrap one another: what is not valid takes no idempotency key.</summary>
    public static void AddRecordWriting(this WebApplicationBuilder builder)
    {
        builder.AddSettings<WriteQueueOptions>();
        builder.Services.AddSingleton<IWarningPolicy, StrictFields>();
        builder.Services.AddSingleton(typeof(IPipelineBehavior<,>), typeof(IdempotencyBehavior<,>));
        builder.Services.AddSingleton<RunningKeys>();
        builder.Services.AddSingleton<RecordWriter>();
        builder.Services.AddSingleton<IdempotencyExpiry>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<IdempotencyExpiry>());
    }
}
