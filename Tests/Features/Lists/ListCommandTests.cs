using CrmImport.Tests.Running;

namespace CrmImport.Tests.Features.Lists;

/// <summary><c>CrmImport list …</c> and <c>CrmImport settings …</c>, as a person or a script runs them.</summary>
public sealed class ListCommandTests
{
    [Test]
    public async Task Lists_and_settings_are_kept_from_the_command_line()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var settings = new Dictionary<string, string> { [$"Databases__{database.Name}"] = database.ConnectionString };

        // At once, since each is a process of its own; then what builds on it.
        var shown = await Task.WhenAll(RunAsync("list", "show", "usagetype"), RunAsync("list", "show", "nolist"), RunAsync("settings", "show", "--json"), RunAsync("list", "set", "usagtype", "1", "--name", "x"));
        var changed = await Task.WhenAll(
            RunAsync("list", "set", "usagetype", "9", "--name", "Garage", "--rank", "7", "--json"),
            RunAsync("list", "set", "colour", "1", "--name", "Red", "--create-list"),
            RunAsync("settings", "set", "sessionsPerOperator", "5"),
            RunAsync("list", "set", "usagetype", "10"),
            RunAsync("settings", "set", "sessionsPerOperator", "many"),
            RunAsync("settings", "set", "colour", "red"));
        var kept = await Task.WhenAll(RunAsync("list", "delete", "usagetype", "9"), RunAsync("list", "set", "usagetype", "0", "--name", "x"), RunAsync("settings", "set", "defaultClientRef", "null"));
        var off = await RunAsync("list", "set", "usagetype", "9", "--active", "false", "--json");
        var deleted = await RunAsync("list", "delete", "usagetype", "9");
        var audit = await database.QueryAsync<long>("select count(*) from audit_entry where account = '(console)' and record_type in ('list_item', 'settings')");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Texts([.. shown[..2], shown[3]]), Is.EqualTo(new[]
            {
                "0 usagetype  1  Residential\nusagetype  2  Commercial",
                "1 No list nolist",
                "1 No list usagtype; the lists are contacttype, salutation, task, usagetype, and createList=true creates another",
            }));
            Assert.That(shown[2].Output, Does.Contain("\"sessionsPerOperator\":1"));
            Assert.That(Texts(changed), Is.EqualTo(new[]
            {
                """0 {"id":9,"name":"Garage","rank":7,"active":true}""",
                "0 colour 1 created",
                "0 sessionsPerOperator is 5",
                "1 name is missing",
                "1 sessionsPerOperator must be a whole number",
                "1 colour is not a known field",
            }));
            Assert.That(Texts(kept), Is.EqualTo(new[] { "1 usagetype 9 is active: set active to false first", "1 The id of an item must be from 1 to 2147483647", "0 defaultClientRef is null" }));
            Assert.That(Texts([off, deleted]), Is.EqualTo(new[] { """0 {"id":9,"name":"Garage","rank":7,"active":false}""", "0 usagetype 9 deleted" }));
            Assert.That(audit, Is.EqualTo(5));
        }

        static IEnumerable<string> Texts(CommandRun[] runs) => runs.Select(run => $"{run.ExitCode} {run.Output}{run.Errors}");

        async Task<CommandRun> RunAsync(params string[] arguments)
        {
            var run = await Commands.RunAsync(settings, "", arguments);
            return run with { Errors = run.Errors.Trim() };
        }
    }
}
