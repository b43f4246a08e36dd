using System.Diagnostics;

namespace CrmImport.Fuzz;

/// <summary>A whole run: the service, the preparation, the connections, the report.</summary>
internal static class FuzzRun
{
    /// <summary>Whether no answer was wrong.</summary>
    public static async Task<bool> RunAsync(FuzzOptions options)
    {
        await using var target = await Target.OpenAsync(options);
        using var http = new HttpClient { BaseAddress = target.Url };
        var documentation = await Documentation.ReadAsync(http);
        var (known, callers) = await new Preparation(http, options).RunAsync();
        Console.WriteLine($"{options.Requests:n0} requests over {options.Connections} connections, seed {options.Seed}, {options.Wild:0 %} wild; {documentation.Operations.Count} operations, {documentation.Codes.Count} codes");

        var sent = 0;
        var memory = new MemoryWatch(options.Requests);
        using var stopping = new CancellationTokenSource();
        var keeping = SettingsKeeper.RunAsync(http, stopping.Token);
        var watching = target.Service is null ? Task.CompletedTask : memory.RunAsync(target.Service, () => Volatile.Read(ref sent) > options.Requests / 10, stopping.Token);

        var check = new AnswerCheck(documentation.Codes, options.AllowBusy);
        var connections = callers.Select((caller, index) => new FuzzConnection(
            target.Url,
            new RequestGenerator(documentation.Operations, new ValidRequests(known, caller), options.Wild, index, new Random((options.Seed * 1000) + index)),
            check,
            caller,
            $"seed {options.Seed}, connection {index}")).ToArray();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(connections.Select((connection, index) => Task.Run(() => connection.RunAsync((options.Requests + index) / options.Connections, () => Interlocked.Increment(ref sent)))));
        var elapsed = watch.Elapsed;
        await stopping.CancelAsync();
        await Task.WhenAll(keeping, watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        var tally = new Tally();
        foreach (var connection in connections)
        {
            tally.Add(connection.Tally);
        }

        Report.Print(tally, documentation, elapsed, memory);
        return tally.ViolationCount == 0 && memory.IsFlat;
    }
}
