using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using CrmImport.Processes;

namespace CrmImport.Load;

/// <summary>Writes and reads for a long time, and plots what the process holds: what grows without end would show.</summary>
internal static class Soak
{
    private const int Writers = 16;
    private const int Columns = 60;

    public static async Task RunAsync(LoadOptions options)
    {
        var application = await Bench.PublishAsync();
        var data = Path.Combine(Path.GetTempPath(), $"crmimport-load-data-{Environment.ProcessId}");
        await using (var service = await Bench.StartServiceAsync(application, data, options.Settings))
        {
            using var stopping = new CancellationTokenSource(TimeSpan.FromSeconds(options.Soak));
            var token = await RunningService.LogInAsync(Bench.Url, Bench.ServiceDatabase);
            var load = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(token, writer, stopping.Token)));
            var samples = await WatchAsync(service, TimeSpan.FromSeconds(Math.Max(1.0, options.Soak / (double)Columns)), stopping.Token);
            var requests = (await load).Sum();
            Console.WriteLine($"{requests:n0} requests in {options.Soak} s by {Writers} clients: upserts of new and old contacts, reads, pages, refusals");
            Plot("resident memory, MB", [.. samples.Select(sample => sample.Memory)]);
            Plot("descriptors", [.. samples.Select(sample => (double)sample.Descriptors)]);
        }

        Directory.Delete(data, recursive: true);
    }

    private static async Task<List<(double Memory, int Descriptors)>> WatchAsync(RunningService service, TimeSpan period, CancellationToken cancellationToken)
    {
        var samples = new List<(double, int)>();
        using var timer = new PeriodicTimer(period);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                samples.Add((service.ResidentMegabytes, service.Descriptors));
            }
        }
        catch (OperationCanceledException)
        {
            // the time is up
        }

        return samples;
    }

    private static async Task<int> WriteAsync(string token, int writer, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = new Uri(Bench.Url), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        var requests = 0;
        for (; !cancellationToken.IsCancellationRequested; requests++)
        {
            var contactRef = requests % 4 == 0 ? $"S{writer}-{requests}" : $"S{writer}"; // every fourth is new
            using var answer = (requests % 8) switch
            {
                1 => await http.GetAsync(new Uri($"/api/v1/clients/29/contacts/S{writer}", UriKind.Relative), CancellationToken.None),
                3 => await http.GetAsync(new Uri("/api/v1/contacts?size=5&orderBy=surname", UriKind.Relative), CancellationToken.None),
                5 => await http.GetAsync(new Uri($"/api/v1/clients/29/contacts/nobody{requests}", UriKind.Relative), CancellationToken.None),
                _ => await UpsertAsync(http, contactRef, requests),
            };
            await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
        }

        return requests;
    }

    private static async Task<HttpResponseMessage> UpsertAsync(HttpClient http, string contactRef, int serial)
    {
        using var body = new StringContent(
            $$"""
            {"clientRef":"29","contactRef":"{{contactRef}}","salutation":"Mr","forename":"John","surname":"N{{serial}}","contact1":"","contact1Type":1,"preferredContact":1,"address1":"A","address2":"B","postCode":"EX49HL","locations":[{"locationRef":"10174","isPreferred":false}]}
            """,
            Encoding.UTF8, "application/json");
        return await http.PostAsync(new Uri("/rest/contact/contact", UriKind.Relative), body, CancellationToken.None);
    }

    private static void Plot(string name, double[] values)
    {
        const int Rows = 8;
        var (least, most) = (values.Min(), values.Max());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{name}: {values[0]:0} at first, {values[values.Length / 2]:0} half-way, {values[^1]:0} at last; from {least:0} to {most:0}"));
        for (var row = Rows; row > 0; row--)
        {
            var line = values.Select(value => value >= most * (row - 0.5) / Rows ? '#' : ' ');
            Console.WriteLine($"{most * row / Rows,8:0} |{string.Concat(line)}");
        }

        Console.WriteLine($"{0,8} +{new string('-', values.Length)}");
    }
}
