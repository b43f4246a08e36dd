using System.CommandLine;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure;

/// <summary>What the program does when started: serve (by default), or one of its commands. What cannot start says why in one sentence and exits 1.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(5);

    public static Task<int> RunAsync(string[] args, Func<string[], WebApplication> build)
    {
        var serve = new RootCommand("CrmImport creates and updates CRM contacts over HTTP. Without a command it serves; settings come from appsettings.json, the environment (Section__Key=value) and --Section:Key=value.")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        serve.SetAction((_, cancellationToken) => GuardAsync(() => ServeAsync(build(args), cancellationToken)));
        serve.Subcommands.Add(Migrate(args, build));
        serve.Subcommands.Add(Health());

        // The host has its own way with Ctrl-C and SIGTERM: it drains, and may take longer than this library would wait.
        var parsed = serve.Parse(args);
        if (parsed.CommandResult.Command == serve && args.FirstOrDefault() is { } first && !first.StartsWith('-') && !first.StartsWith('/') && !first.Contains('='))
        {
            Console.Error.WriteLine($"There is no command {first}; --help lists those there are.");
            return Task.FromResult(1);
        }

        return parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    private static Command Migrate(string[] args, Func<string[], WebApplication> build)
    {
        var migrate = new Command("migrate", "Bring every configured database's schema up to date, and exit.") { TreatUnmatchedTokensAsErrors = false };
        migrate.SetAction((_, cancellationToken) => GuardAsync(() => MigrateAsync(build(args), cancellationToken)));
        return migrate;
    }

    private static Command Health()
    {
        var url = new Option<string>("--url") { Description = "Where the service listens.", DefaultValueFactory = _ => DefaultHealthUrl() };
        var health = new Command("health", "Ask a running service whether it is ready; exit 0 if it is, else 1.") { url };
        health.SetAction((parsed, cancellationToken) => AskAsync(parsed.GetValue(url)!, cancellationToken));
        return health;
    }

    private static async Task<int> AskAsync(string url, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = HealthTimeout };
        try
        {
            using var answer = await client.GetAsync(new Uri(new Uri(url), "/health/ready"), cancellationToken);
            Console.WriteLine(await answer.Content.ReadAsStringAsync(cancellationToken));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or UriFormatException)
        {
            await Console.Error.WriteLineAsync($"{url} does not answer: {exception.Message}");
            return 1;
        }
    }

    private static async Task<int> ServeAsync(WebApplication app, CancellationToken cancellationToken)
    {
        await app.RunAsync(cancellationToken);
        return 0;
    }

    private static async Task<int> MigrateAsync(WebApplication app, CancellationToken cancellationToken)
    {
        await using (app)
        {
            await app.Services.GetRequiredService<DatabaseStartup>().StartAsync(cancellationToken);
            foreach (var tenant in app.Services.GetRequiredService<Tenants>().All)
            {
                Console.WriteLine($"{tenant.Name} is up to date");
            }
        }

        return 0;
    }

    private static async Task<int> GuardAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception exception) when (Hosting.WhyNotStarted(exception) is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            return 1;
        }
    }

    private static string DefaultHealthUrl()
    {
        var urls = Environment.GetEnvironmentVariable("ASPNETCORE_URLS") ?? $"http://*:{Environment.GetEnvironmentVariable("ASPNETCORE_HTTP_PORTS") ?? "8080"}";
        var address = BindingAddress.Parse(urls.Split(';')[0]);
        return $"{address.Scheme}://{(address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : address.Host)}:{address.Port}";
    }
}
