using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Settings.ListDatabases;

/// <summary>List the databases the caller may know of: its own.</summary>
[Unvalidated("the parameters were checked where they were read")]
internal sealed record ListDatabasesQuery(Tenant Tenant, Page Page) : IRequest<Answer<PageBody<DatabaseItem>>>;

/// <summary>A database: the migrations it has and those this service knows, its server's version, and its size on disk.</summary>
internal sealed record DatabaseItem(string Name, int SchemaVersion, int NewestSchemaVersion, string PostgresVersion, long SizeBytes);
