using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace CrmImport.Drills;

/// <summary>A client: sends a write, and the same again under the same key until it has an answer; then the next.</summary>
internal sealed class Writer(HttpClient http, WriteMaker maker, Ledger ledger, Random random)
{
    private const string Key = "Idempotency-Key";

    private const int LongestPause = 200; // milliseconds; shorter than any Retry-After, so that the time to recover is the service's

    /// <summary>A write that is not answered in this time is given up, and told.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Told to stop, brings its last write to its answer; told to abandon, leaves it.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken abandon)
    {
        while (!stop.IsCancellationRequested)
        {
            var write = maker.Next();
            ledger.Add(write);
            await SendAsync(write, abandon);
        }
    }

    private async Task SendAsync(SentWrite write, CancellationToken abandon)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience;)
        {
            write.Attempts++;
            if (await TryAsync(write, abandon))
            {
                return;
            }

            await Pause.ForAsync(TimeSpan.FromMilliseconds(1 + random.Next(Math.Min(LongestPause, 10 << Math.Min(write.Attempts, 5)))));
        }

        ledger.AddWrong($"{write.Token} was not answered in {Patience.TotalMinutes} minutes");
    }

    // False where it is to be sent again.
    private async Task<bool> TryAsync(SentWrite write, CancellationToken abandon)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            using var request = new HttpRequestMessage(write.Method, write.Path) { Content = new StringContent(write.Body, new MediaTypeHeaderValue("application/json", "utf-8")) };
            request.Headers.Add(Key, write.Token);
            using var response = await http.SendAsync(request, abandon);
            return Take(write, response, await response.Content.ReadAsStringAsync(abandon), began);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            ledger.AddBroken(began);
            return false;
        }
        catch (TaskCanceledException) when (abandon.IsCancellationRequested)
        {
            return true;
        }
        catch (TaskCanceledException)
        {
            ledger.AddWrong($"{write.Token} had no answer in {http.Timeout.TotalSeconds} s");
            return false;
        }
    }

    private bool Take(SentWrite write, HttpResponseMessage response, string body, long began)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK or HttpStatusCode.Created when response.Headers.ETag is { } tag && long.TryParse(tag.Tag.Trim('"'), out var version):
                write.IsReplayed = response.Headers.Contains("Idempotent-Replayed");
                write.Version = version;
                maker.Know(write);
                ledger.AddAcknowledged(began);
                return true;
            case HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests when response.Headers.RetryAfter is not null:
                ledger.AddRefused(began);
                return false;
            case HttpStatusCode.Conflict when IsKeyInUse(body):
                return false;
            default:
                ledger.AddWrong($"{write.Token}, {write.Method} {write.Path}: {(int)response.StatusCode} {body}");
                return response.StatusCode < HttpStatusCode.InternalServerError;
        }
    }

    private static bool IsKeyInUse(string body)
    {
        using var envelope = JsonDocument.Parse(body);
        return envelope.RootElement.GetProperty("code").GetString() == "idempotency_key_in_use";
    }
}
