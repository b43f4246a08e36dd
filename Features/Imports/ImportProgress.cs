using System.Globalization;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.CommandLine;
using Spectre.Console;

namespace CrmImport.Features.Imports;

/// <summary>Shows on a terminal how far an import is: bytes sent, then rows, rate, rejected rows and the time left. Elsewhere, and for a program, it shows nothing.</summary>
internal sealed class ImportProgress
{
    private readonly ProgressContext? context;
    private ProgressTask? sending;
    private ProgressTask? importing;

    private ImportProgress(ProgressContext? context) => this.context = context;

    /// <summary>Runs the work with its progress on standard error, which standard output must not be mixed with.</summary>
    public static async Task<JsonObject> ShowAsync(CommandPrinter printer, Func<ImportProgress, Task<JsonObject>> work)
    {
        if (printer.AsJson || !printer.Terminal.IsInteractive)
        {
            return await work(new ImportProgress(null));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(printer.Terminal.Error) });
        return await console.Progress().Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new ImportProgress(context)));
    }

    public void Sent(long bytes, long total)
    {
        if (context is not null)
        {
            sending ??= context.AddTask("Sending", maxValue: Math.Max(total, 1));
            sending.Value = bytes;
        }
    }

    public void Imported(JsonObject import)
    {
        if (context is null)
        {
            return;
        }

        importing ??= context.AddTask("Importing");
        importing.MaxValue = Math.Max((long?)import["bytes"] ?? 1, 1);
        importing.Value = import["finishedAt"] is null ? (long?)import["bytesRead"] ?? 0 : importing.MaxValue;
        importing.Description = (string?)import["state"] == ImportStates.Queued
            ? $"Waiting for {(int?)import["position"] ?? 0} imports"
            : string.Create(CultureInfo.InvariantCulture, $"{(long?)import["rowsRead"] ?? 0:N0} rows, {(double?)import["rowsPerSecond"] ?? 0:N0}/s, {(long?)import["rowsRejected"] ?? 0:N0} rejected");
    }
}
