using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using MediatR;

namespace CrmImport.Features.Rules.ReadSchema;

internal sealed class ReadSchemaHandler : IRequestHandler<ReadSchemaQuery, Answer<RecordSchema>>
{
    public async Task<Answer<RecordSchema>> Handle(ReadSchemaQuery request, CancellationToken cancellationToken)
    {
        if (RuledRecord.Find(request.Record) is not { } record)
        {
            return new Refusal(ApiErrors.FieldNotFound, $"No schema {request.Record}; there are {string.Join(", ", RuledRecord.All.Select(known => known.Name))}");
        }

        var shape = await request.Tenant.Rules.OfAsync(record.Shape, cancellationToken);
        return new RecordSchema(record.Name, Describe(shape), shape.Child is { } child ? Describe(child) : null, RuleExample.Of(shape, hasKeys: true));
    }

    private static FieldSchema[] Describe(RecordShape shape) => [.. shape.Fields.Where(field => !field.IsHidden).Select(Describe)];

    private static FieldSchema Describe(Field field) => new(
        field.Name, TypeOf(field.Kind), field.Label, field.Description, field.Key, field.ReadOnly, field.Mandatory, field.Key || field.NotBlank, field.MaxLength > 0 ? field.MaxLength : null,
        field.Minimum > int.MinValue ? field.Minimum : null, field.Maximum < int.MaxValue ? field.Maximum : null, field.Pattern?.ToString(),
        field.Allowed.Count > 0 ? field.Allowed : null, field.List, RecordExamples.ToJson(field.DefaultIfAbsent ?? field.Default));

    private static string TypeOf(FieldKind kind) => kind switch
    {
        FieldKind.Integer or FieldKind.Long => "integer",
        FieldKind.Decimal => "decimal",
        FieldKind.Boolean => "boolean",
        FieldKind.Date => "date",
        FieldKind.Timestamp => "time",
        _ => "text",
    };
}
