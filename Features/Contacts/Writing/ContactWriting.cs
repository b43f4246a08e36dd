using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Writes;
using MediatR;

namespace CrmImport.Features.Contacts.Writing;

internal static class ContactWriting
{
    /// <summary>Before the mediator's own behaviours, in whose order they wrap one another: what validation refuses is counted too.</summary>
    public static void AddContactWriting(this IServiceCollection services)
    {
        services.AddSingleton<IPipelineBehavior<UpsertContactCommand, Answer<WriteAnswer>>, ContactCounting>();
        services.AddSingleton<ContactWriter>();
        services.AddSingleton<ContactWriteQueues>();
        services.AddHostedService(provider => provider.GetRequiredService<ContactWriteQueues>());
    }
}
