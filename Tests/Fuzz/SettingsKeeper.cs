using System.Text;
using System.Text.Json.Nodes;

namespace CrmImport.Fuzz;

/// <summary>Puts the settings of the database back twice a second: a random request may switch the API off, and then little else would be tried.</summary>
internal static class SettingsKeeper
{
    private static readonly Uri Settings = new("/api/v1/admin/settings", UriKind.Relative);

    public static async Task RunAsync(HttpClient http, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            using var answer = await http.GetAsync(Settings, cancellationToken);
            var stored = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!["data"];
            if (stored is null || !((bool)stored["requireVersion"]! || !(bool)stored["apiEnabled"]! || (bool)stored["strictFields"]!))
            {
                continue;
            }

            using var request = new HttpRequestMessage(HttpMethod.Patch, Settings)
            {
                Content = new StringContent("""{"requireVersion":false,"apiEnabled":true,"strictFields":false}""", Encoding.UTF8, "application/json"),
            };
            request.Headers.IfMatch.Add(answer.Headers.ETag!);
            using var written = await http.SendAsync(request, cancellationToken); // 412 if a request came between: the next round
        }
    }
}
