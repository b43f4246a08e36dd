using System.Globalization;
using CrmImport.Fuzz;

// Sends random requests, valid and broken, over raw sockets, and checks every answer against what the documentation promises of all answers.
// Usage: dotnet run -c Release --project Tests/Fuzz -- --requests 500000 --connections 14 --seed 101 [--wild 0.5] [--url http://127.0.0.1:8080 --database cv_demodb] [--allow-busy]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var options = FuzzOptions.Parse(args);
if (options is null)
{
    Console.WriteLine(FuzzOptions.Usage);
    return args.Contains("--help") ? 0 : 1;
}

return await FuzzRun.RunAsync(options) ? 0 : 1;
