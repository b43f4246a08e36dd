using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Features.Contacts.Writing;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Writes;
using MediatR;

namespace CrmImport.Features.Contacts;

internal static class ContactRegistration
{
    /// <summary>The write path of contacts. Before the mediator, in whose order behaviours wrap one another: what validation refuses is counted too.</summary>
    public static void AddContacts(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IPipelineBehavior<UpsertContactCommand, Answer<WriteAnswer>>, ContactCounting>();
        builder.Services.AddSingleton<IReferenceCheck<UpsertContactCommand>, ContactReferenceCheck>();
        builder.Services.AddSingleton<ContactWriter>();
        builder.Services.AddSingleton<ContactWriteQueues>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ContactWriteQueues>());
    }
}
