using CrmImport.Tests.Running;

namespace CrmImport.Tests.Features.Rules;

/// <summary><c>CrmImport field …</c>, as a person or a script runs it.</summary>
public sealed class FieldCommandTests
{
    [Test]
    public async Task Requirements_are_kept_from_the_command_line()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var settings = new Dictionary<string, string> { [$"Databases__{database.Name}"] = database.ConnectionString };

        // At once, since each is a process of its own; then what builds on it.
        var changed = await Task.WhenAll(
            RunAsync("field", "require", "notes"),
            RunAsync("field", "set", "client.name", "maxLength", "100", "--json"),
            RunAsync("field", "set", "contact.salutation", "allowed", "Mr", "Mx"),
            RunAsync("field", "set", "notes", "colour", "red"),
            RunAsync("field", "require", "colour"),
            RunAsync("field", "set", "contact1Type", "pattern", "1"));
        var shown = await Task.WhenAll(RunAsync("field", "show"), RunAsync("field", "show", "salutation", "--json"));
        var released = await Task.WhenAll(RunAsync("field", "release", "notes"), RunAsync("field", "set", "client.name", "maxLength", "null"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Texts(changed)[0], Is.EqualTo("0 contact.notes contact.notes updated"));
            Assert.That(Texts(changed)[1], Does.StartWith("""0 {"field":"client.name","mandatory":false,"nonEmpty":false,"maxLength":100,"""));
            Assert.That(Texts(changed)[2..], Is.EqualTo(new[]
            {
                "0 contact.salutation contact.salutation updated", "1 colour is not a known field", "1 No field colour in the catalogue", "1 pattern can only be set of a text",
            }));
            Assert.That(Texts(shown)[0], Is.EqualTo("0 client.name\ncontact.notes  mandatory\ncontact.salutation"));
            Assert.That(shown[1].Output, Does.Contain("\"allowed\":[\"Mr\",\"Mx\"]"));
            Assert.That(Texts(released), Is.EqualTo(new[] { "0 contact.notes contact.notes updated", "0 client.name client.name updated" }));
            Assert.That(await database.QueryAsync<long>("select count(*) from audit_entry where account = '(console)' and record_type = 'field_requirement'"), Is.EqualTo(5));
        }

        var added = await Task.WhenAll(
            RunAsync("field", "add", "colour", "--type", "text", "--length", "20", "--label", "Colour", "--default", "red", "--json"),
            RunAsync("field", "add", "client.kind", "--type", "list", "--list", "contacttype", "--mandatory"),
            RunAsync("field", "add", "surname", "--type", "text"),
            RunAsync("field", "add", "money", "--type", "money"));
        var (again, retired, restored) = (await RunAsync("field", "add", "colour", "--type", "text"), await RunAsync("field", "retire", "colour"), await RunAsync("field", "restore", "contact.colour", "--json"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Texts(added)[0], Does.StartWith("""0 {"name":"contact.colour","type":"text","maxLength":20,"list":null,"mandatory":false,"defaultValue":"red","label":"Colour","description":null,"retired":false,"version":1,"""));
            Assert.That(Texts(added)[1..3], Is.EqualTo(new[] { "0 client.kind client.kind created\n1 record breaks this already", "1 name surname is taken: there is surname already" }));
            Assert.That(Texts(added)[3], Does.StartWith("2 ").And.Contain("decimal"));
            Assert.That($"{Texts([again])[0]}; {Texts([retired])[0]}; {restored.Json["retired"]}", Is.EqualTo("1 custom field contact.colour already exists; 0 contact.colour contact.colour updated; false"));
        }

        Task<CommandRun> RunAsync(params string[] arguments) => Commands.RunAsync(settings, "", arguments);

        static string[] Texts(CommandRun[] runs) => [.. runs.Select(run => $"{run.ExitCode} {(run.ExitCode == 0 ? run.Output : run.Errors).Trim()}")];
    }
}
