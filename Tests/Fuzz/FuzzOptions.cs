using System.Globalization;
using System.Net;

namespace CrmImport.Fuzz;

/// <summary>How many requests, over how many connections, which share of them wild; the same seed sends the same requests. Without a URL the service is started for the run.</summary>
internal sealed record FuzzOptions(int Requests, int Connections, int Seed, double Wild, Uri? Url, string Database, bool AllowBusy)
{
    public const string Usage =
        """
        Usage: Fuzz [--requests 20000] [--connections 14] [--seed n] [--wild 0.5] [--url http://127.0.0.1:8080 --database cv_demodb] [--allow-busy]
          --wild        share of the requests in which everything is random; the others are valid but for a fault or two
          --url         a service on this machine with demo data; without it, one is started on a PostgreSQL of its own
          --allow-busy  503 busy, queue_full and database_unavailable are no violations
        """;

    /// <summary>Null if the arguments are invalid, or ask for help.</summary>
    public static FuzzOptions? Parse(string[] args)
    {
        var options = new FuzzOptions(20_000, 14, Random.Shared.Next(1_000_000), 0.5, null, "cv_demodb", AllowBusy: false);
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--allow-busy")
            {
                options = options with { AllowBusy = true };
                continue;
            }

            var name = args[i++];
            var value = args.ElementAtOrDefault(i) ?? "";
            var isNumber = int.TryParse(value, CultureInfo.InvariantCulture, out var number) && number >= 0;
            switch (name)
            {
                case "--requests" when isNumber && number > 0:
                    options = options with { Requests = number };
                    break;
                case "--connections" when isNumber && number > 0:
                    options = options with { Connections = number };
                    break;
                case "--seed" when isNumber:
                    options = options with { Seed = number };
                    break;
                case "--wild" when double.TryParse(value, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1:
                    options = options with { Wild = share };
                    break;
                case "--url" when IsOnLoopback(value):
                    options = options with { Url = new Uri(value) };
                    break;
                case "--database" when value.Length > 0:
                    options = options with { Database = value };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }

    // Loopback only: the run creates accounts and writes rubbish.
    private static bool IsOnLoopback(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);
}
