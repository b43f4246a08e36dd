using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ReadDocument;

/// <summary>Lays the database's requirements over the general document: on what is sent as rules, on what is answered as descriptions.</summary>
internal sealed class ReadDocumentHandler(GeneralDocument general, Tenants tenants) : IRequestHandler<ReadDocumentQuery, Answer<JsonObject>>
{
    public async Task<Answer<JsonObject>> Handle(ReadDocumentQuery request, CancellationToken cancellationToken)
    {
        if (tenants.NameOf(request.Database) != request.Tenant.Name)
        {
            return new Refusal(ApiErrors.RouteNotFound, "The credential's database has no document of that name");
        }

        var rules = await request.Tenant.Rules.ReadAsync(cancellationToken);
        var document = JsonNode.Parse((await general.ReadAsync()).Plain.Bytes)!.AsObject();
        document["info"]!["title"] = $"CrmImport, {request.Tenant.Name}";
        foreach (var record in RuledRecord.All)
        {
            var shape = rules.Of(record.Shape);
            foreach (var (now, before) in new[] { (shape, record.Shape), (shape.Child, record.Shape.Child) })
            {
                foreach (var (field, known) in (now?.Fields ?? []).Zip(before?.Fields ?? []).Where(pair => !ReferenceEquals(pair.First, pair.Second)))
                {
                    Describe(document["components"]!["schemas"]!.AsObject(), now!, field, known);
                }
            }

            foreach (var field in shape.Fields.Skip(shape.FirstCustom))
            {
                Add(document["components"]!["schemas"]!.AsObject(), shape, field);
            }

            if (!ReferenceEquals(shape, record.Shape))
            {
                ReplaceExamples(document, shape);
            }
        }

        return document;
    }

    // A field that was added: nullable in answers, since records may be older than it, and no part of the examples there.
    private static void Add(JsonObject schemas, RecordShape shape, Field field)
    {
        var sent = SentTypesOf(shape);
        foreach (var name in sent.Concat(RecordTypesOf(shape)))
        {
            if (schemas[name] is not JsonObject schema || schema["properties"] is not JsonObject properties)
            {
                continue;
            }

            var property = new JsonObject { ["type"] = new JsonArray(TypeOf(field.Kind), "null"), ["description"] = Description(field) };
            properties[field.Name] = property;
            if (field.Kind == FieldKind.Date)
            {
                property["format"] = "date";
            }

            if (field.Label is { } label)
            {
                property["title"] = label;
            }

            if (sent.Contains(name))
            {
                Tighten(property, field, field, isPatch: name == sent[^1]);
            }

            if (sent.Contains(name) && name != sent[^1])
            {
                Require(schema, field.Name, field is { Mandatory: true, DefaultIfAbsent: null });
            }
        }
    }

    private static string[] SentTypesOf(RecordShape shape) => [$"{shape.Name}Input", $"{shape.Name}Replacement", $"{shape.Name}Patch"];

    private static string Description(Field field) => field.List is { } list ? $"{field.Description}; an id of the list {list}" : field.Description;

    private static string TypeOf(FieldKind kind) => kind switch
    {
        FieldKind.Integer => "integer",
        FieldKind.Decimal => "number",
        FieldKind.Boolean => "boolean",
        _ => "string",
    };

    private static void Describe(JsonObject schemas, RecordShape shape, Field field, Field known)
    {
        var sent = SentTypesOf(shape);
        foreach (var name in sent.Concat(RecordTypesOf(shape)))
        {
            if (schemas[name] is not JsonObject schema || schema["properties"]?[field.Name] is not JsonObject property)
            {
                continue;
            }

            if (field.IsHidden)
            {
                schema["properties"]!.AsObject().Remove(field.Name);
                foreach (var example in (schema["examples"] as JsonArray ?? []).OfType<JsonObject>())
                {
                    example.Remove(field.Name);
                }

                Require(schema, field.Name, isRequired: false);
                continue;
            }

            property["description"] = Description(field);
            if (field.Label is { } label)
            {
                property["title"] = label;
            }

            if (sent.Contains(name))
            {
                Tighten(property, field, known, isPatch: name == sent[^1]);
                if (name != sent[^1] && !field.Key)
                {
                    Require(schema, field.Name, field.Mandatory && field.DefaultIfAbsent is null);
                }
            }
        }
    }

    // What answers call a record: several shapes of answers may have its fields.
    private static string[] RecordTypesOf(RecordShape shape) => shape.Name switch
    {
        "Contact" => ["Contact", "Party"],
        "Client" => ["Client", "ClientItem"],
        _ => [shape.Name],
    };

    private static void Tighten(JsonObject property, Field field, Field known, bool isPatch)
    {
        var type = TypeOf(field.Kind);
        var isNullable = isPatch || !field.Mandatory;
        property["type"] = isNullable ? new JsonArray(type, "null") : type;
        if (field.MaxLength > 0)
        {
            property["maxLength"] = field.MaxLength;
        }

        if (field.NotBlank && !known.NotBlank)
        {
            property["minLength"] = 1;
        }

        if (field.Pattern is { } pattern)
        {
            property["pattern"] = $"{pattern}";
        }

        if (field.Allowed.Count > 0)
        {
            property["enum"] = new JsonArray([.. field.Allowed.Select(value => RecordExamples.ToJson(LenientValue.Read(value, field, field.Name))), .. isNullable ? [null] : Array.Empty<JsonNode?>()]);
        }

        if (!isPatch && field.DefaultIfAbsent is { } value)
        {
            property["default"] = RecordExamples.ToJson(value);
        }
    }

    private static void Require(JsonObject schema, string name, bool isRequired)
    {
        var required = schema["required"]?.AsArray();
        var stands = required?.FirstOrDefault(entry => $"{entry}" == name);
        if (isRequired && stands is null)
        {
            (required ?? (schema["required"] = new JsonArray()).AsArray()).Add(name);
        }
        else if (!isRequired && stands is not null)
        {
            required!.Remove(stands);
        }
    }

    private static void ReplaceExamples(JsonObject document, RecordShape shape)
    {
        foreach (var operation in document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => operation.Value).OfType<JsonObject>())
        {
            if (operation["requestBody"]?["content"]?["application/json"] is JsonObject content && $"{content["schema"]?["$ref"]}".Split('/')[^1] is var sent && (sent == $"{shape.Name}Input" || sent == $"{shape.Name}Replacement"))
            {
                content["example"] = RuleExample.Of(shape, hasKeys: sent == $"{shape.Name}Input");
            }
        }
    }
}
