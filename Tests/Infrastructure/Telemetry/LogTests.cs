using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Tests.Running;

namespace CrmImport.Tests.Infrastructure.Telemetry;

/// <summary>What the service writes to its output in production: JSON, a line each.</summary>
public sealed class LogTests
{
    [Test]
    public async Task Each_request_is_a_line_with_its_trace_and_without_anybodys_data()
    {
        await using var service = Start(("Logging__LogLevel__CrmImport.Requests", "Information"));
        var (url, opId, marker) = (await service.ListeningAsync(), await ServiceUnderTest.A.AddOperatorAsync(level: 10), $"M{Guid.NewGuid():N}");
        var owner = await ApiClient.LogInAsync(ServiceUnderTest.A.Name, opId, url);
        var clientRef = await ServiceUnderTest.A.AddClientAsync();
        var traceId = $"{Guid.NewGuid():N}";

        (await owner.UpsertAsync(Sample.Contact(clientRef, marker), ("traceparent", $"00-{traceId}-00f067aa0ba902b7-01"))).ShouldBe(HttpStatusCode.OK);
        (await owner.GetAsync($"/api/v1/clients/{clientRef}/contacts/{marker}?{marker}={marker}")).ShouldFail(400, "invalid_parameter");
        var refused = (await owner.PatchAsync($"/api/v1/clients/{clientRef}/contacts/{marker}x?{marker}", "{}")).ShouldFail(404, "contact_not_found");
        await LinesOfAsync(service, refused.Text("trace_id"));

        var success = (await LinesOfAsync(service, traceId)).Single();
        var failure = (await LinesOfAsync(service, refused.Text("trace_id"))).Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(success["category"]!.GetValue<string>(), Is.EqualTo("CrmImport.Requests"));
            Assert.That(success["level"]!.GetValue<string>(), Is.EqualTo("Information"));
            Assert.That(success["time"]!.GetValue<string>(), Does.EndWith("Z"));
            var values = success["values"]!.AsObject();
            Assert.That($"{values["Method"]} {values["Route"]} {values["Status"]} {values["Database"]}", Is.EqualTo($"POST /rest/contact/contact 200 {ServiceUnderTest.A.Name}"));
            Assert.That(values["Milliseconds"]!.GetValue<double>(), Is.Positive);
            Assert.That(failure["values"]!["Code"]!.GetValue<string>(), Is.EqualTo("contact_not_found"));
            Assert.That(failure["values"]!["Route"]!.GetValue<string>(), Is.EqualTo("/api/v1/clients/{clientRef}/contacts/{contactRef}"));
            Assert.That(service.Output, Does.Not.Contain(marker).And.Not.Contain(clientRef).And.Not.Contain(opId).And.Not.Contain("127.0.0.1\"").And.Not.Contain(owner.AccessToken!));
        }
    }

    [Test]
    public async Task Successes_are_not_logged_unless_that_is_asked_for()
    {
        await using var service = Start();
        var client = new ApiClient(url: await service.ListeningAsync());
        var traceId = $"{Guid.NewGuid():N}";

        (await client.GetAsync("/health/ready", ("traceparent", $"00-{traceId}-00f067aa0ba902b7-01"))).ShouldBe(HttpStatusCode.OK);
        var refused = (await client.GetAsync("/nowhere")).ShouldFail(404, "route_not_found");
        await LinesOfAsync(service, refused.Text("trace_id"));

        Assert.That(service.Output, Does.Not.Contain(traceId));
    }

    private static ServiceProcess Start(params (string Name, string Value)[] settings) => ServiceProcess.Start(
        settings.Append(($"Databases__{ServiceUnderTest.A.Name}", ServiceUnderTest.A.ConnectionString)).ToDictionary());

    // Every line is read, so that one that is no JSON fails.
    private static Task<JsonObject[]> LinesOfAsync(ServiceProcess service, string traceId) => Eventually.GetAsync(
        () => service.Output.Split('\n').Where(line => line.Length > 0).Select(line => JsonNode.Parse(line)!.AsObject())
            .Where(line => line["trace_id"]?.GetValue<string>() == traceId).ToArray() is { Length: > 0 } lines ? lines : null,
        () => service.Output);
}
