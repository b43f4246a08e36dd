using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace CrmImport.Drills;

/// <summary>A client: sends a write, and retries it with the same idempotency key until it has a response; then the next.</summary>
internal sealed class Writer(HttpClient http, WriteGenerator generator, WriteHistory history, Random random)
{
    private const string Key = "Idempotency-Key";

    private const int MaxPause = 200; // milliseconds; shorter than any Retry-After, so that the recovery time measured is the service's

    /// <summary>A write without a response after this long is abandoned and reported.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    /// <summary>On stop, finishes its last write; on abandon, drops it.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken abandon)
    {
        while (!stop.IsCancellationRequested)
        {
            var write = generator.Next();
            history.Add(write);
            await SendAsync(write, abandon);
        }
    }

    private async Task SendAsync(SentWrite write, CancellationToken abandon)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Timeout;)
        {
            write.Attempts++;
            if (await TryAsync(write, abandon))
            {
                return;
            }

            await Wait.ForAsync(TimeSpan.FromMilliseconds(1 + random.Next(Math.Min(MaxPause, 10 << Math.Min(write.Attempts, 5)))));
        }

        history.AddUnexpected($"{write.Token} was not answered in {Timeout.TotalMinutes} minutes");
    }

    // False if it has to be sent again.
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
            history.AddBroken(began);
            return false;
        }
        catch (TaskCanceledException) when (abandon.IsCancellationRequested)
        {
            return true;
        }
        catch (TaskCanceledException)
        {
            history.AddUnexpected($"{write.Token} had no answer in {http.Timeout.TotalSeconds} s");
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
                generator.AddKnown(write);
                history.AddAcknowledged(began);
                return true;
            case HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests when response.Headers.RetryAfter is not null:
                history.AddRefused(began);
                return false;
            case HttpStatusCode.Conflict when IsKeyInUse(body):
                return false;
            default:
                history.AddUnexpected($"{write.Token}, {write.Method} {write.Path}: {(int)response.StatusCode} {body}");
                return response.StatusCode < HttpStatusCode.InternalServerError;
        }
    }

    private static bool IsKeyInUse(string body)
    {
        using var envelope = JsonDocument.Parse(body);
        return envelope.RootElement.GetProperty("code").GetString() == "idempotency_key_in_use";
    }
}
