namespace CrmImport.Features.UpsertContact;

internal static class ContactWriting
{
    public static void AddContactWriting(this IServiceCollection services)
    {
        services.AddSingleton<ContactWriter>();
        services.AddSingleton<ContactWriteQueues>();
        services.AddHostedService(provider => provider.GetRequiredService<ContactWriteQueues>());
    }
}
