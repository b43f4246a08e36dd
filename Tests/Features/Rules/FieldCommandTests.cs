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
                "0 contact.salutation contact.salutation updated", "1 colour is not a known field", "1 No field colour", "1 pattern can only be set of a text",
            }));
            Assert.That(Texts(shown)[0], Is.EqualTo("0 client.name\ncontact.notes  mandatory\ncontact.salutation"));
            Assert.That(shown[1].Output, Does.Contain("\"allowed\":[\"Mr\",\"Mx\"]"));
            Assert.That(Texts(released), Is.EqualTo(new[] { "0 contact.notes contact.notes updated", "0 client.name client.name updated" }));
            Assert.That(await database.QueryAsync<long>("select count(*) from audit_entry where account = '(console)' and record_type = 'field_requirement'"), Is.EqualTo(5));
        }

        Task<CommandRun> RunAsync(params string[] arguments) => Commands.RunAsync(settings, "", arguments);

        static string[] Texts(CommandRun[] runs) => [.. runs.Select(run => $"{run.ExitCode} {(run.ExitCode == 0 ? run.Output : run.Errors).Trim()}")];
    }
}
