using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ReadSchema;

/// <summary>Read what a kind of record looks like in a database.</summary>
[Unvalidated("a kind of record that cannot exist is not found")]
internal sealed record ReadSchemaQuery(Tenant Tenant, string Record) : IRequest<Answer<RecordSchema>>;

/// <summary>A kind of record as a database has it: its fields in order, those of its locations where it has some, and a record that is accepted as it is.</summary>
internal sealed record RecordSchema(
    string RecordType, IReadOnlyList<FieldSchema> Fields, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<FieldSchema>? Locations, JsonObject Example);

/// <summary>
/// One field: type is text, integer, boolean, date or time; lengths in Unicode code points; list is that whose ids are accepted; defaultValue is what a new record has where the field is absent.
/// What does not apply is null.
/// </summary>
internal sealed record FieldSchema(
    string Name, string Type, string? Label, string Description, bool Key, bool ReadOnly, bool Mandatory, bool NonEmpty, int? MaxLength, int? Minimum, int? Maximum, string? Pattern,
    IReadOnlyList<string>? Allowed, string? List, JsonNode? DefaultValue);
