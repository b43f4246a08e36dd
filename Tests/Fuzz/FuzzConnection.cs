using System.Diagnostics;
using System.Text.Json.Nodes;

namespace CrmImport.Fuzz;

/// <summary>Sends the requests of one connection one after the other, and checks the answers.</summary>
internal sealed class FuzzConnection(Uri url, RequestGenerator generator, AnswerCheck check, Caller caller, string origin)
{
    public Tally Tally { get; } = new();

    public async Task RunAsync(int requests, Action sent)
    {
        using var connection = new RawConnection(url);
        byte[] previous = [];
        for (var number = 1; number <= requests; number++, sent())
        {
            var draft = generator.Next();
            var bytes = draft.ToBytes();
            var isHead = draft.Method == "HEAD";
            var watch = Stopwatch.StartNew();
            var (answer, trouble) = await connection.SendAsync(bytes, isHead, draft.IsBroken);
            Tally.Milliseconds.Add((float)watch.Elapsed.TotalMilliseconds);
            Tally.Operations.Add($"{draft.Operation.Method} {draft.Operation.Path}");
            if (answer is null && draft.IsBroken && trouble.StartsWith("connection ended without", StringComparison.Ordinal))
            {
                Tally.AllowedDrops++;
                previous = bytes;
                continue;
            }

            List<string> violations = trouble.Length > 0 ? [trouble] : [];
            if (answer is null)
            {
                Tally.Drops++;
            }
            else
            {
                Tally.Statuses[answer.Status] = Tally.Statuses.GetValueOrDefault(answer.Status) + 1;
                var (codes, wrong) = check.Check(answer, isHead);
                Tally.Codes.UnionWith(codes);
                Tally.Busy += AnswerCheck.IsBusy(answer, codes.Count > 0 ? codes[0] : null) ? 1 : 0;
                violations.AddRange(wrong);
                RememberSession(draft, answer);
            }

            foreach (var violation in violations.Distinct())
            {
                Tally.Add(new Violation(violation, $"{draft.Operation.Method} {draft.Operation.Path}", $"{origin}, request {number}", answer is null ? [.. previous, .. bytes] : bytes, answer is null ? "" : $"{answer.Status} {answer.Text}"));
            }

            previous = bytes; // what the server makes of one may come to light with the next
        }
    }

    private void RememberSession(RequestDraft draft, RawAnswer answer)
    {
        if (answer.Status == 200 && draft.Method == "POST" && (draft.Operation.Path.EndsWith("/login", StringComparison.Ordinal) || draft.Operation.Path.EndsWith("/refresh", StringComparison.Ordinal)))
        {
            var tokens = JsonNode.Parse(answer.Body)!["result"]!;
            (caller.AccessToken, caller.RefreshToken) = ((string)tokens["access_token"]!, (string)tokens["refresh_token"]!);
        }
    }
}
