using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Records.Writes;

namespace CrmImport.Features.Activities;

/// <summary>An activity as SuperOffice's clients know it: its members in upper case, what it refers to as objects, null where there is none (source: SuperOffice REST API).</summary>
[JsonConverter(typeof(AppointmentJson))]
internal sealed record Appointment(StoredRecord Record);

internal sealed class AppointmentJson : JsonConverter<Appointment>
{
    public override void Write(Utf8JsonWriter writer, Appointment value, JsonSerializerOptions options) => value.Record.Write(writer, AppointmentFields.Appointment);

    public override Appointment Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Appointments are read by their fields, leniently");
}

/// <summary>The number in an appointment's address.</summary>
internal readonly record struct AppointmentNumber(long Value)
{
    public static Refusal NotFound { get; } = new(ApiErrors.AppointmentNotFound, "No appointment with that number");

    /// <summary>Whether it is no appointment's.</summary>
    public bool IsNone => Value < 0;

    public string Text => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>What is no number is the address of no appointment, as negative ones are.</summary>
    public static bool TryParse(string text, out AppointmentNumber number)
    {
        number = new(long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : -1);
        return true;
    }
}

/// <summary>The fields of an appointment. Contact is a client, Person a contact of it, Associate an account: so the document calls them.</summary>
internal static class AppointmentFields
{
    /// <summary>The fields in the shape's order, then the history, of the view activity_record.</summary>
    public const string Columns =
        """
        activity_id, description, start_at, end_at, priority,
        client_id, client_ref, client_name, party_id, contact_ref, full_name, task_id, task_name,
        assigned_to, assigned_to_name, assigned_by, assigned_by_name, originator, originator_name,
        version, created_at, created_by, updated_at, updated_by
        """;

    public const string Tasks = "task";

    public static readonly Field Id = new("AppointmentId", FieldKind.Long) { Key = true, Column = "activity_id", Description = "The appointment's number; assigned when it is created" };
    public static readonly Field Start = new("StartDate", FieldKind.Timestamp) { Column = "start_at", Description = "When it starts; by default the time at which it is created" };
    public static readonly Field End = new("EndDate", FieldKind.Timestamp) { Column = "end_at", Description = "When it ends; by default an hour after its start" };
    public static readonly Field ContactId = new("Contact.ContactId", FieldKind.Long) { CreateOnly = true, Column = "client_id", Description = "The client's number; by default that of the database's default client" };
    public static readonly Field ClientRef = Shown("Contact.ClientRef", "client_ref", "The client's ref");
    public static readonly Field ClientName = Shown("Contact.Name", "client_name", "The client's name");
    public static readonly Field PersonId = new("Person.PersonId", FieldKind.Long) { Column = "party_id", Description = "The number of a contact of the client" };
    public static readonly Field ContactRef = Shown("Person.ContactRef", "contact_ref", "The contact's ref");
    public static readonly Field FullName = Shown("Person.FullName", "full_name", "The contact's forename and surname");
    public static readonly Field TaskId = new("Task.TaskListItemId", FieldKind.Integer) { List = Tasks, Column = "task_id", Description = "What kind of activity it is" };
    public static readonly Field TaskName = Shown("Task.Name", "task_name", "The item's name");
    public static readonly Field AssociateId = new("Associate.AssociateId", FieldKind.Long) { Column = "assigned_to", Description = "The number of the account whose appointment it is; by default the caller's" };
    public static readonly Field AssociateName = Shown("Associate.Name", "assigned_to_name", "The account's name");
    public static readonly Field AssignedBy = new("AssignedBy.AssociateId", FieldKind.Long) { ReadOnly = true, Column = "assigned_by", Description = "The number of the account that assigned it last" };
    public static readonly Field AssignedByName = Shown("AssignedBy.Name", "assigned_by_name", "The account's name");
    public static readonly Field Originator = new("CreatedBy.AssociateId", FieldKind.Long) { ReadOnly = true, Column = "originator", Description = "The number of the account that created it" };
    public static readonly Field OriginatorName = Shown("CreatedBy.Name", "originator_name", "The account's name");

    public static readonly RecordShape Appointment = new(
        [
            Id,
            Fields.Text("Description", 2000, "What it is about"),
            Start,
            End,
            new("Priority", FieldKind.Integer) { Minimum = 0, Maximum = 99, Description = "How urgent it is; the smaller, the more" },
            ContactId, ClientRef, ClientName,
            PersonId, ContactRef, FullName,
            TaskId, TaskName,
            AssociateId, AssociateName,
            AssignedBy, AssignedByName,
            Originator, OriginatorName,
        ])
    {
        Name = "Appointment",
        Example = """{"AppointmentId":591,"Description":"Hello world!","Contact.ContactId":2,"Contact.ClientRef":"29","Contact.Name":"Demo Housing","Associate.AssociateId":18,"Associate.Name":"Owner Of The Company"}""",
        AlsoReturned = [.. RecordHistory.Names.Where(name => name != RecordHistory.CreatedByName)],
    };

    /// <summary>What the list can be filtered by, ordered by and narrowed to.</summary>
    public static readonly ListShape List = ListShape.Of(Appointment, ["Description", "Contact.Name", "Person.FullName"]);

    private static Field Shown(string name, string column, string description) => Fields.Text(name, 0, description) with { ReadOnly = true, Column = column };
}
