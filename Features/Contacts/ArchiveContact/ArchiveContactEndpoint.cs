using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Features.Contacts.Writing;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Contacts.ArchiveContact;

/// <summary><c>POST …/contacts/{contactRef}/archive</c> and <c>/restore</c>, and <c>DELETE …/contacts/{contactRef}</c>, which archives where the database allows it (sources: Collect!, SuperOffice).</summary>
internal static class ArchiveContactEndpoint
{
    public static void DescribeArchive(RouteHandlerBuilder route) => route
        .WithName("ArchiveContact")
        .WithSummary("Archive a contact")
        .WithDescription("The contact is left out of lists and reads unless archived=true or all is given, and is preferred for no location. It keeps its data and its history. An upsert of its refs restores it. Archiving again changes nothing (unchanged). No body is needed, and none is read.")
        .TakesSelection(ContactList.Shape)
        .TakesWriteConditions()
        .AnswersWrite<Contact>();

    public static void DescribeRestore(RouteHandlerBuilder route) => route
        .WithName("RestoreContact")
        .WithSummary("Restore an archived contact")
        .WithDescription("The contact is as it was, without its associations with locations that were archived since. Restoring a contact that is not archived changes nothing (unchanged). No body is needed, and none is read.")
        .TakesSelection(ContactList.Shape)
        .TakesWriteConditions()
        .AnswersWrite<Contact>();

    public static void DescribeDelete(RouteHandlerBuilder route) => route
        .WithName("DeleteContact")
        .WithSummary("Archive a contact by DELETE")
        .WithDescription("Only in a database whose setting allowDelete is true: else 405. The contact is archived, as by POST …/archive.")
        .TakesSelection(ContactList.Shape)
        .TakesWriteConditions()
        .AnswersWrite<Contact>()
        .Produces(StatusCodes.Status204NoContent);

    public static Task<IResult> ArchiveAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, string contactRef, IMediator mediator, CancellationToken cancellationToken) =>
        SendAsync(http, tenant, caller, clientRef, contactRef, ContactWriteMode.Archive, written => written.ToNativeAnswer(), mediator, cancellationToken);

    public static Task<IResult> RestoreAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, string contactRef, IMediator mediator, CancellationToken cancellationToken) =>
        SendAsync(http, tenant, caller, clientRef, contactRef, ContactWriteMode.Restore, written => written.ToNativeAnswer(), mediator, cancellationToken);

    public static async Task<IResult> DeleteAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, string contactRef, IMediator mediator, CancellationToken cancellationToken) =>
        await DeleteSetting.CheckAsync(http, tenant, caller, Permissions.ContactArchive, cancellationToken)
            ?? await SendAsync(http, tenant, caller, clientRef, contactRef, ContactWriteMode.Archive, written => written.IsDryRun ? written.ToTrialAnswer() : WriteAnswer.NoContent(written.Outcome), mediator, cancellationToken);

    private static async Task<IResult> SendAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, string contactRef, ContactWriteMode mode, Func<WrittenContact, WriteAnswer> toAnswer, IMediator mediator, CancellationToken cancellationToken)
    {
        var conditions = WriteConditions.Read(http.Request, default);
        if (conditions.Refusal is not null)
        {
            return conditions.Refusal;
        }

        var keys = new RecordInput(await tenant.Rules.OfAsync(ContactFields.Contact, cancellationToken), "", new ProblemBudget());
        keys.TakeKey(ContactFields.ClientRef, clientRef);
        keys.TakeKey(ContactFields.ContactRef, contactRef);
        var command = new UpsertContactCommand(tenant, caller, keys, mode, conditions.Value, toAnswer)
        {
            MustNameVersion = (await tenant.Settings.ReadAsync(cancellationToken)).RequireVersion,
        };
        return (await mediator.Send(command, cancellationToken)).ToResult();
    }
}
