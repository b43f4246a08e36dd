using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary>Calls a running service over HTTP, as an account that logs in or by an access key.</summary>
internal sealed class ServiceClient(Uri url, string? database, string? account, string secret, FileInfo? caFile) : IDisposable
{
    private readonly HttpClient http = new(MakeHandler(caFile)) { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan };
    private string? token = account is null ? secret : null;

    /// <summary>Trusts what the system trusts, the authorities in the file, and any certificate on loopback, where its name may differ.</summary>
    /// <exception cref="CryptographicException">The file is no PEM file of certificates.</exception>
    public static HttpClientHandler MakeHandler(FileInfo? caFile)
    {
        var authorities = new X509Certificate2Collection();
        if (caFile is not null)
        {
            authorities.ImportFromPemFile(caFile.FullName);
        }

        return new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (request, certificate, _, errors) =>
                errors == SslPolicyErrors.None || request.RequestUri!.IsLoopback || (errors == SslPolicyErrors.RemoteCertificateChainErrors && IsSignedBy(authorities, certificate!)),
        };
    }

    /// <summary>The sentence for an exception of a call; null where it is none of those that a call may end in.</summary>
    public static string? WhyNot(Exception exception, string url, FileInfo? caFile) => exception switch
    {
        HttpRequestException { InnerException: AuthenticationException inner } => $"{url} has a certificate that is not trusted: {inner.Message} See --ca-file.",
        CryptographicException => $"{caFile} is not a PEM file of certificates: {exception.Message}",
        HttpRequestException or TaskCanceledException or UriFormatException => $"{url} does not respond: {exception.Message}",
        _ => null,
    };

    /// <summary>The answer to a request, which is made anew where the session has ended meanwhile.</summary>
    /// <exception cref="ServiceRefusalException">The service refuses it.</exception>
    public async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        token ??= await LogInAsync(cancellationToken);
        var answer = await SendOnceAsync(make(), cancellationToken);
        if (answer.StatusCode == System.Net.HttpStatusCode.Unauthorized && account is not null)
        {
            answer.Dispose();
            token = await LogInAsync(cancellationToken);
            answer = await SendOnceAsync(make(), cancellationToken);
        }

        return answer.IsSuccessStatusCode ? answer : throw await ServiceRefusalException.OfAsync(answer, cancellationToken);
    }

    /// <summary>The JSON of the answer.</summary>
    public async Task<JsonObject> SendJsonAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(() => new HttpRequestMessage(method, path), cancellationToken);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!.AsObject();
    }

    public void Dispose() => http.Dispose();

    private Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (database is not null)
        {
            request.Headers.Add("x-database", database);
        }

        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private async Task<string> LogInAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/auth/login") { Content = JsonContent.Create(new JsonObject { ["op_id"] = account, ["op_password"] = secret }) };
        if (database is not null)
        {
            request.Headers.Add("x-database", database);
        }

        using var answer = await http.SendAsync(request, cancellationToken);
        return answer.IsSuccessStatusCode
            ? (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!["result"]!["access_token"]!
            : throw await ServiceRefusalException.OfAsync(answer, cancellationToken);
    }

    private static bool IsSignedBy(X509Certificate2Collection authorities, X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // a private authority has mostly no lists
        return authorities.Count > 0 && chain.Build(certificate);
    }
}

/// <summary>The service's refusal: its status, and its envelope, or what else it said.</summary>
internal sealed class ServiceRefusalException(int status, JsonNode? body, string message) : Exception(message)
{
    public int Status => status;

    public JsonNode? Body => body;

    public static async Task<ServiceRefusalException> OfAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            var body = JsonNode.Parse(text);
            if ((string?)body?["code"] == ApiErrors.DatabaseRequired.Code)
            {
                return new((int)answer.StatusCode, body, "The service has several databases; name one with --database.");
            }

            string[] problems = [.. body?["problems"]?.AsArray().Select(problem => (string)problem!["message"]!) ?? []];
            return new((int)answer.StatusCode, body, problems.Length > 0 ? string.Join('\n', problems) : (string?)body?["result_msg"] ?? $"{(int)answer.StatusCode} {answer.ReasonPhrase}");
        }
        catch (JsonException)
        {
            return new((int)answer.StatusCode, null, $"{(int)answer.StatusCode} {answer.ReasonPhrase}");
        }
    }
}
