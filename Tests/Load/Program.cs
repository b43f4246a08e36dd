using System.Globalization;
using CrmImport.Load;

// Prints the table of ratios that the design asks for: the service against pgbench doing the same work, in interleaved rounds on one machine.
// Usage: dotnet run -c Release --project Tests/Load [-- --seconds 5 --rounds 3 --connections 1,8,64,256 --sizes 10000,100000,1000000 --locations 1,5,20]
// With --logins 10000 it floods the service with wrong log-ins instead, and tells what honest callers notice of it; with --soak 600 it writes and reads for so many seconds, and plots memory and descriptors;
// with --import 1000000 it imports files of so many contacts, in turn with psql doing the same.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var options = LoadOptions.Parse(args);
if (options is null)
{
    Console.Error.WriteLine(LoadOptions.Usage);
    return 1;
}

if (options.Logins > 0)
{
    await LoginFlood.RunAsync(options);
    return 0;
}

if (options.Soak > 0)
{
    await Soak.RunAsync(options);
    return 0;
}

if (options.Import > 0)
{
    await ImportBench.RunAsync(options);
    return 0;
}

await using var bench = await Bench.StartAsync(options);
await bench.RunAsync();
return 0;
