using System.Text.Json.Nodes;
using CrmImport.Tests.Running;

namespace CrmImport.Tests.Features.Imports;

/// <summary>The commands that import files into a running service, as a person or a script calls them.</summary>
public sealed class ImportCommandTests
{
    private static readonly Dictionary<string, string> NoSettings = [];

    private static TestDatabase Database => ServiceUnderTest.A;

    private string directory = "";

    [SetUp]
    public void MakeDirectory() => directory = Directory.CreateTempSubdirectory("crmimport-files-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(directory, recursive: true);

    [Test]
    public async Task A_file_is_imported_its_rejects_saved_mended_and_the_import_undone()
    {
        var (owner, opId) = (await Database.OwnerAsync(), await Database.AddOperatorAsync(10));
        var clientRef = await Database.AddClientAsync();
        var (file, rejects, results) = (Path.Combine(directory, "people.csv"), Path.Combine(directory, "rejects.csv"), Path.Combine(directory, "results.ndjson"));
        await File.WriteAllTextAsync(file, $"Kunde,contactRef,{TestImports.Columns}\n{clientRef},A,{TestImports.Cells}\n{clientRef},B,Mr,John,Test,+44,x,1,A,B,C\n");
        var mapping = Path.Combine(directory, "mapping.json");
        await File.WriteAllTextAsync(mapping, """{"Kunde":"clientRef"}""");

        var trial = await RunAsync(opId, "import", file, "--mapping", mapping, "--dry-run");
        var first = await RunAsync(opId, "import", file, "--mapping", mapping, "--rejects", rejects, "--results", results, "--name", "People");
        Assert.That(first.Errors, Is.Empty);
        await File.WriteAllTextAsync(rejects, (await File.ReadAllTextAsync(rejects)).Replace(",x,1,A", ",1,1,A", StringComparison.Ordinal));
        var second = await RunAsync(opId, "import", rejects, "--mapping", mapping, "--json");
        var list = await RunAsync(opId, "imports", "list");
        var import = JsonNode.Parse(second.Output)!;
        var shown = await RunAsync(opId, "imports", "show", $"{import["id"]}");
        var undone = await RunAsync(opId, "imports", "undo", $"{import["id"]}");
        var cancelled = await RunAsync(opId, "imports", "cancel", $"{import["id"]}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{trial.ExitCode} {trial.Output}", Does.StartWith("1 import ").And.Contain("(dry run: nothing was stored)\n2 rows: 1 created, 0 updated, 0 unchanged, 1 rejected\n  1 field_not_integer contact1Type, first in line 3"));
            Assert.That(first.ExitCode, Is.EqualTo(1));
            Assert.That(first.Output, Does.Contain("completed\n2 rows: 1 created, 0 updated, 0 unchanged, 1 rejected"));
            Assert.That(await File.ReadAllLinesAsync(results), Has.Length.EqualTo(2));
            Assert.That($"{second.ExitCode} {second.Errors} {import["rowsCreated"]} {import["state"]}", Is.EqualTo("0  1 completed"));
            Assert.That(await owner.FieldAsync(clientRef, "A", "surname"), Is.EqualTo("Test"));
            Assert.That(list.Output, Does.Match($"(?m)^{import["id"]} .* completed 1 rows, 0 rejected rejects\\.csv$"));
            Assert.That(list.Output, Does.Contain("people.csv People"));
            Assert.That(shown.Output, Does.StartWith($"import {import["id"]} completed\n1 rows: 1 created"));
            Assert.That($"{undone.ExitCode} {undone.Output}", Does.StartWith("0 import ").And.Contain("1 rows: 0 created, 1 updated"));
            Assert.That($"{cancelled.ExitCode} {cancelled.Errors}", Is.EqualTo("1 The import is undone already"));
        }
    }

    [Test]
    public async Task What_is_wrong_is_said_in_a_sentence_with_its_exit_code()
    {
        var opId = await Database.AddOperatorAsync(10);
        var file = Path.Combine(directory, "people.csv");
        await File.WriteAllTextAsync(file, "surname\nTest\n");
        await File.WriteAllTextAsync(Path.Combine(directory, "people.doc"), "surname\nTest\n");

        var refused = await RunAsync(opId, "import", file, "--operation", "merge", "--mapping", "{");
        var wrongType = await RunAsync(opId, "import", Path.Combine(directory, "people.doc"));
        var noFile = await RunAsync(opId, "import", Path.Combine(directory, "nobody.csv"));
        var wrongPassword = await Commands.RunAsync(NoSettings, "wrong\n", "import", file, "--to", $"{ServiceUnderTest.Url}", "--database", Database.Name, "--account", opId, "--json");
        var nobody = await Commands.RunAsync(NoSettings, "key\n", "import", file, "--to", "http://127.0.0.1:1");
        var ofDirectory = await RunAsync(opId, "import", directory);
        var onItself = await RunAsync(opId, "import", file, "--rejects", file);
        var nowhere = await RunAsync(opId, "import", file, "--rejects", Path.Combine(directory, "none", "rejects.csv"));
        var unwaited = await RunAsync(opId, "import", file, "--no-wait", "--results", Path.Combine(directory, "results.ndjson"));
        var unnamed = await Commands.RunAsync(NoSettings, $"{TestDatabase.Password}\n", "imports", "list", "--to", $"{ServiceUnderTest.Url}", "--account", opId);
        var wrongUrl = await Commands.RunAsync(NoSettings, "key\n", "import", file, "--to", "nowhere");

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{refused.ExitCode} {refused.Errors}", Is.EqualTo("1 operation must be upsert or create or update\nmapping is no JSON: Expected depth to be zero at the end of the JSON payload. There is an open JSON object or array that should be closed. LineNumber: 0 | BytePositionInLine: 1."));
            Assert.That($"{wrongType.ExitCode} {wrongType.Errors}", Does.StartWith("2 people.doc should end in .csv"));
            Assert.That($"{noFile.ExitCode} {noFile.Errors}", Does.StartWith("2 File does not exist"));
            Assert.That($"{wrongPassword.ExitCode} {JsonNode.Parse(wrongPassword.Errors)!["code"]}", Is.EqualTo("1 bad_credentials"));
            Assert.That($"{nobody.ExitCode} {nobody.Errors}", Does.StartWith("1 http://127.0.0.1:1 does not respond"));
            Assert.That($"{ofDirectory.ExitCode} {ofDirectory.Errors}", Is.EqualTo($"2 {directory} is a directory."));
            Assert.That($"{onItself.ExitCode} {onItself.Errors}", Is.EqualTo("2 --rejects must not be the file that is imported."));
            Assert.That($"{nowhere.ExitCode} {nowhere.Errors}", Does.StartWith("2 --rejects: Could not find a part of the path"));
            Assert.That($"{unwaited.ExitCode} {unwaited.Errors}", Does.StartWith("2 --results needs the end of the import"));
            Assert.That($"{unnamed.ExitCode} {unnamed.Errors}", Is.EqualTo("1 The service has several databases; name one with --database."));
            Assert.That($"{wrongUrl.ExitCode} {wrongUrl.Errors}", Does.StartWith("2 --to must be a URL"));
        }
    }

    [Test]
    public async Task The_sample_file_comes_in_with_an_access_key()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var key = await database.AddKeyAsync(1, ["contact:add"]);
        var sample = Path.Combine(ServiceProcess.Root, "contacts.csv");

        var run = await Commands.RunAsync(NoSettings, $"{key.AccessKey}\n", "import", sample, "--to", $"{ServiceUnderTest.Url}");

        Assert.That($"{run.ExitCode} {run.Output} {run.Errors}", Does.StartWith("0 import ").And.Contain("4 rows: 4 created, 0 updated, 0 unchanged, 0 rejected"));
    }

    private static Task<CommandRun> RunAsync(string opId, params string[] arguments) =>
        Commands.RunAsync(NoSettings, $"{TestDatabase.Password}\n", [.. arguments, "--to", $"{ServiceUnderTest.Url}", "--database", Database.Name, "--account", opId]);
}
