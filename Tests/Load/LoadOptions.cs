using System.Globalization;

namespace CrmImport.Load;

/// <summary>What to measure, and for how long: seconds of one run, interleaved rounds, connections, contacts stored before, locations a contact; or how many wrong log-ins to flood the service with, how long to load it and watch its memory, or how many contacts to import from files.</summary>
internal sealed record LoadOptions(int Seconds, int Rounds, int[] Connections, int[] Sizes, int[] Locations, string[] Settings, int Logins = 0, int Soak = 0, int Import = 0)
{
    public const string Usage =
        "Usage: Load [--seconds 5] [--rounds 3] [--connections 1,8,64,256] [--sizes 10000,100000,1000000] [--locations 1,5,20] [--set Section__Key=value]… | --logins 10000 [--seconds 5] | --soak 600 | --import 1000000 [--rounds 3]";

    public static LoadOptions? Parse(string[] args)
    {
        var options = new LoadOptions(5, 3, [1, 8, 64, 256], [10_000, 100_000, 1_000_000], [1, 5, 20], []);
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
            {
                return null;
            }

            var value = args[i + 1];
            switch (args[i])
            {
                case "--seconds":
                    options = options with { Seconds = Numbers(value)[0] };
                    break;
                case "--rounds":
                    options = options with { Rounds = Numbers(value)[0] };
                    break;
                case "--connections":
                    options = options with { Connections = Numbers(value) };
                    break;
                case "--sizes":
                    options = options with { Sizes = Numbers(value) };
                    break;
                case "--locations":
                    options = options with { Locations = Numbers(value) };
                    break;
                case "--soak":
                    options = options with { Soak = Numbers(value)[0] };
                    break;
                case "--import":
                    options = options with { Import = Numbers(value)[0] };
                    break;
                case "--logins":
                    options = options with { Logins = Numbers(value)[0] };
                    break;
                case "--set":
                    options = options with { Settings = [.. options.Settings, value] };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }

    private static int[] Numbers(string text) =>
        [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
}
