using System.Globalization;
using CrmImport.Drills;

// Breaks the service and its PostgreSQL at random moments while clients write, and then reads in the database whether anything that was acknowledged is missing or wrong.
// Usage: dotnet run -c Release --project Tests/Drills [-- --drill name,… --rounds 20 --writers 16 --seed n]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var options = DrillOptions.Parse(args);
if (options is null)
{
    Console.WriteLine(DrillOptions.Usage);
    return args.Contains("--help") ? 0 : 1;
}

return await DrillRun.AllAsync(options) ? 0 : 1;
