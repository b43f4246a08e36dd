using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration.CSharp;

namespace CrmImport.Tests.Infrastructure.OpenApi;

/// <summary>The client that NSwag makes of the served document: it compiles as it is, and a program written against it works.</summary>
public sealed class GeneratedClientTests
{
    /// <summary>As docs/api.md has it, a client must not send what its caller never set.</summary>
    private const string Program =
        """
        using System;
        using System.Linq;
        using System.Net.Http;
        using System.Net.Http.Headers;
        using System.Threading.Tasks;
        using Generated;

        namespace Generated
        {
            public partial class CrmImportClient
            {
                static partial void UpdateJsonSerializerSettings(System.Text.Json.JsonSerializerOptions settings) =>
                    settings.DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull;
            }
        }

        public static class Program
        {
            public static async Task<string> RunAsync(HttpClient http, string database, string opId, string password, string surname)
            {
                var crm = new CrmImportClient(http);
                var session = await crm.LoginAsync(x_database: database, body: new LoginInput { Op_id = opId, Op_password = password });
                http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", session.Result.Access_token);

                await crm.UpsertContactAsync(body: new ContactInput
                {
                    ClientRef = "29", ContactRef = surname, Salutation = "Ms", Forename = "Ann", Surname = surname, Contact1 = "1", Contact1Type = 1, PreferredContact = 1,
                    Address1 = "1", Address2 = "2", PostCode = "EX4 9HL", Notes = "kept",
                    Locations = new[] { new ContactLocationInput { LocationRef = "10174", IsPreferred = false, StartDate = new DateTimeOffset(2026, 1, 31, 0, 0, 0, TimeSpan.Zero) } },
                });
                await crm.PatchContactAsync("29", surname, body: new ContactPatch { Forename = "Bea" });
                var contact = (await crm.ListContactsAsync(filter: $"surname eq '{surname}'", orderBy: "surname desc", size: 5)).Items.Single();

                try
                {
                    await crm.CreateContactAsync(body: new ContactInput { ClientRef = "29", ContactRef = surname });
                    return "no failure";
                }
                catch (ApiException<Failure> failure)
                {
                    return $"{contact.Forename} {contact.Notes} {contact.PreferredContact} {contact.Locations.Single().StartDate:yyyy-MM-dd} {failure.StatusCode} {failure.Result.Problems.First().Code} {failure.Result.Problems.First().Level}";
                }
            }
        }
        """;

    private static readonly Lazy<Task<string>> Client = new(async () => await GenerateAsync((await ApiClient.Anonymous.GetAsync("/openapi/v1.json")).Body));

    [Test]
    public async Task A_client_that_NSwag_generates_compiles_and_calls_the_service()
    {
        var (assembly, errors) = Compile(await Client.Value, Program);
        Assert.That(errors, Is.Empty);

        using var http = new HttpClient { BaseAddress = ServiceUnderTest.Url };
        var surname = $"Generated{Guid.NewGuid():N}";
        var told = await (Task<string>)assembly!.GetType("Program")!.GetMethod("RunAsync")!.Invoke(null, [http, ServiceUnderTest.A.Name, await ServiceUnderTest.A.AddOperatorAsync(level: 10), TestDatabase.Password, surname])!;
        Assert.That(told, Is.EqualTo("Bea kept 1 2026-01-31 400 Field_missing SEVERE"));
    }

    [Test]
    public async Task A_client_of_a_database_s_own_document_knows_its_custom_fields()
    {
        var (database, document) = await RuledDatabase.MakeAsync();
        var (assembly, errors) = Compile(
            await GenerateAsync(document),
            Program.Replace("Salutation = \"Ms\"", "Salutation = ContactInputSalutation.Ms", StringComparison.Ordinal).Replace("Notes = \"kept\"", "Notes = \"kept\", Colour = \"red\", Vip = true, Born = new DateTimeOffset(1980, 2, 29, 0, 0, 0, TimeSpan.Zero), Score = 12.5", StringComparison.Ordinal)
                .Replace("Forename = \"Bea\"", "Forename = \"Bea\", Level = 8", StringComparison.Ordinal)
                .Replace("{contact.Notes}", "{contact.Colour}/{contact.Vip}/{contact.Score}/{contact.Level}/{contact.Born:yyyy-MM-dd}", StringComparison.Ordinal));
        Assert.That(errors, Is.Empty);

        using var http = new HttpClient { BaseAddress = ServiceUnderTest.Url };
        var told = await (Task<string>)assembly!.GetType("Program")!.GetMethod("RunAsync")!.Invoke(null, [http, database.Name, await database.AddOperatorAsync(level: 10), TestDatabase.Password, "Generated"])!;
        Assert.That(told, Is.EqualTo("Bea red/True/12.5/8/1980-02-29 1 2026-01-31 400 Field_missing SEVERE"));
    }

    [Test]
    public async Task No_generated_type_has_a_made_up_name()
    {
        var client = CSharpSyntaxTree.ParseText(await Client.Value);

        var types = (await client.GetRootAsync()).DescendantNodes().OfType<Microsoft.CodeAnalysis.CSharp.Syntax.BaseTypeDeclarationSyntax>().Select(type => type.Identifier.Text).ToArray();
        Assert.That(types, Does.Contain("ContactInput").And.Contain("ContactPage").And.Contain("Failure").And.Contain("ErrorCode"));
        Assert.That(types, Has.None.Match(@"\d|^Body|^Anonymous|^Response$"));
    }

    private static async Task<string> GenerateAsync(string document)
    {
        var settings = new CSharpClientGeneratorSettings { ClassName = "CrmImportClient", UseBaseUrl = false, GenerateOptionalParameters = true };
        settings.CSharpGeneratorSettings.Namespace = "Generated";
        settings.CSharpGeneratorSettings.JsonLibrary = CSharpJsonLibrary.SystemTextJson;
        return new CSharpClientGenerator(await OpenApiDocument.FromJsonAsync(document), settings).GenerateFile();
    }

    private static (Assembly? Assembly, string[] Errors) Compile(params string[] sources)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(path) is "netstandard.dll")
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            $"Generated{Guid.NewGuid():N}", sources.Select(source => CSharpSyntaxTree.ParseText(source)), references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var output = new MemoryStream();
        var result = compilation.Emit(output);
        string[] errors = [.. result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => $"{diagnostic}")];
        output.Position = 0;
        return (result.Success ? AssemblyLoadContext.Default.LoadFromStream(output) : null, errors);
    }
}
