using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ReadDocument;

/// <summary>Read the OpenAPI document of a database: the general one, with what the database requires of fields.</summary>
[Unvalidated("a document that cannot exist is not found")]
internal sealed record ReadDocumentQuery(Tenant Tenant, string Database) : IRequest<Answer<JsonObject>>;
