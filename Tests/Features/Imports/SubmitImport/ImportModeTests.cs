using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Imports.SubmitImport;

/// <summary>How an import as a whole is carried out: dry, atomic, once, in bounds.</summary>
public sealed class ImportModeTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task No_more_imports_wait_than_may_however_many_come_at_once()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var csv = $"clientRef,contactRef,{TestImports.Columns}\n";
        var template = await owner.ImportAsync(csv);
        await database.ExecuteAsync( // two that another replica carries out, and nine that wait
            """
            insert into import (import_id, account_id, account, caller, format, options, layout, state, created_at, claimed_until)
            select gen_random_uuid(), account_id, account, caller, format, options, layout, case when n <= 2 then 'running' else 'queued' end, created_at, case when n <= 2 then now() + interval '1 hour' end
            from import, generate_series(1, 11) n
            """);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => owner.SendAsync(HttpMethod.Post, "/api/v1/imports", new StringContent(csv, Encoding.UTF8, TestImports.Csv))));

        Assert.That(answers.Select(answer => (int)answer.Status).Order(), Is.EqualTo(new[] { 202, 429, 429, 429, 429, 429, 429, 429 }));
        Assert.That(answers.First(answer => (int)answer.Status == 429).ShouldFail(429, "too_many_imports").Header("Retry-After"), Is.EqualTo("10"));
    }

    [Test]
    public async Task A_dry_run_stores_nothing_and_says_what_each_row_would_do()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        (await owner.UpsertAsync(Sample.Contact(clientRef, "A"))).ShouldBe(HttpStatusCode.OK);
        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\n{clientRef},A,Mr,John,New,,1,1,,,\n{clientRef},B,{TestImports.Cells}\n{clientRef},A,,,,,,,,,\n{clientRef},C,,,,,,,,,\n", query: "dryRun=true");

        var results = await owner.ResultsAsync(import);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Counts(), Is.EqualTo("1 1 1 1"));
            Assert.That(results[0]["changes"]!.ToJsonString(), Is.EqualTo("""{"surname":["Test","New"]}"""));
            Assert.That(results[1]["changes"]!["postCode"]!.ToJsonString(), Is.EqualTo("""[null,"EX49HL"]"""));
            Assert.That(await owner.FieldAsync(clientRef, "A", "surname"), Is.EqualTo("Test"));
            (await owner.ReadAsync(clientRef, "B")).ShouldFail(404, "contact_not_found");
            Assert.That(await owner.AuditAsync(clientRef, "A"), Has.Count.EqualTo(1));
        }
    }

    [Test]
    public async Task An_atomic_import_is_carried_out_whole_or_not_at_all()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        string Rows(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"{clientRef},C{i},{TestImports.Cells}\n"));
        var header = $"clientRef,contactRef,{TestImports.Columns}\n";

        var failed = await owner.ImportAsync($"{header}{Rows(1500)}{clientRef},X,Mr\n", query: "mode=atomic");
        var left = await owner.GetAsync($"/api/v1/clients/{clientRef}/contacts");
        var unprocessed = await owner.GetAsync($"/api/v1/imports/{failed.Id()}/unprocessed");
        var done = await owner.ImportAsync(unprocessed.Body, query: "mode=atomic");

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{failed["state"]} {failed.Counts()} {failed["problems"]![0]!["code"]}", Is.EqualTo("failed 0 0 0 1 rows_rejected"));
            Assert.That((await owner.ResultsAsync(failed, "outcome=valid")), Has.Length.EqualTo(1500));
            Assert.That(left.Json["total"]!.GetValue<int>(), Is.Zero);
            Assert.That($"{done["state"]} {done.Counts()} {done["rowsRead"]}", Is.EqualTo("completed 1500 0 0 0 1500"));
            Assert.That(await Database.QueryAsync<int>("select count(distinct xmin::text)::integer from contact where client_ref = @clientRef", new { clientRef }), Is.EqualTo(1), "one transaction");
            Assert.That(await owner.ResultsAsync(done), Has.Length.EqualTo(1500));
        }
    }

    [Test]
    public async Task Too_many_rejects_in_a_hundred_stop_it_after_300_rows()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\n{string.Concat(Enumerable.Range(0, 3000).Select(i => i % 10 == 0 ? "x\n" : $"{clientRef},C{i},{TestImports.Cells}\n"))}", query: "maxRejectsPercent=5");
        var small = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\nx\n{clientRef},C1,{TestImports.Cells}\n", query: "maxRejectsPercent=5");

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{import["state"]} {import["rowsRead"]}", Is.EqualTo("stopped 1000"));
            Assert.That(small["state"]!.GetValue<string>(), Is.EqualTo("completed"));
        }
    }

    [Test]
    public async Task The_same_request_with_the_same_key_is_carried_out_once()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var csv = $"clientRef,contactRef,{TestImports.Columns}\n{clientRef},A,{TestImports.Cells}\n";
        var (key, digest) = (("Idempotency-Key", TestDatabase.Unique("key")), ("Content-Digest", $"sha-256=:{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(csv)))}:"));

        var first = (await owner.SubmitAsync(csv, TestImports.Csv, "", key)).ShouldBe(HttpStatusCode.OK);
        var again = (await owner.SubmitAsync(csv, TestImports.Csv, "", key)).ShouldBe(HttpStatusCode.OK);
        var byDigest = await SendHeadersOnlyAsync(owner, key, digest);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Data.Id(), Is.EqualTo(first.Data.Id()));
            Assert.That(again.Header("Idempotent-Replayed"), Is.EqualTo("true"));
            Assert.That(byDigest, Does.StartWith("HTTP/1.1 200").And.Contain(first.Data.Id()), "answered before the body was sent");
            (await owner.SubmitAsync(csv, TestImports.Csv, "operation=create", key)).ShouldFail(422, "idempotency_key_reused");
            (await owner.SubmitAsync(csv + "\n", TestImports.Csv, "", key)).ShouldFail(422, "idempotency_key_reused");
            (await owner.SubmitAsync(csv + "\n", TestImports.Csv, "", digest)).ShouldFail(400, "digest_mismatch");
            (await owner.SubmitAsync(csv, TestImports.Csv, "", ("Content-Digest", "sha-256=:AAAA:"))).ShouldFail(400, "invalid_parameter");
            (await owner.SubmitAsync(csv, TestImports.Csv, "", digest)).ShouldBe(HttpStatusCode.OK);
        }
    }

    [Test]
    public async Task Of_many_requests_with_one_key_at_once_one_is_carried_out()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var (csv, key) = ($"clientRef,contactRef,{TestImports.Columns}\n{clientRef},A,{TestImports.Cells}\n", ("Idempotency-Key", TestDatabase.Unique("key")));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => owner.SubmitAsync(csv, TestImports.Csv, "", key)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers.Where(answer => answer.Status == HttpStatusCode.OK).Select(answer => answer.Data.Id()).Distinct().Count(), Is.EqualTo(1));
            Assert.That(answers.Where(answer => answer.Status != HttpStatusCode.OK).Select(answer => answer.Text("code")), Is.All.EqualTo("idempotency_key_in_use"));
            Assert.That(await owner.AuditAsync(clientRef, "A"), Has.Count.EqualTo(1));
        }
    }

    [Test]
    public async Task It_is_taken_at_once_and_can_be_read_till_it_is_over()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var body = new StringContent($"clientRef,contactRef,{TestImports.Columns}\n{clientRef},A,{TestImports.Cells}\n", Encoding.UTF8, TestImports.Csv);

        var accepted = (await owner.SendAsync(HttpMethod.Post, "/api/v1/imports?name=My%20import&fileName=a.csv", body)).ShouldBe(HttpStatusCode.Accepted);
        var location = accepted.Header("Location");
        JsonObject import;
        do
        {
            import = (await owner.GetAsync(location)).ShouldBe(HttpStatusCode.OK).Data;
        }
        while (import["finishedAt"] is null);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(location, Is.EqualTo($"/api/v1/imports/{accepted.Data.Id()}"));
            Assert.That($"{import["state"]} {import["name"]} {import["fileName"]} {import.Counts()}", Is.EqualTo("completed My import a.csv 1 0 0 0"));
            Assert.That(await Database.QueryAsync<int>("select count(*)::integer from audit_entry where record_type = 'import' and record_ref = @id", new { id = import.Id() }), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task From_takes_over_the_options_and_the_mapping_of_an_earlier_import()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var csv = $"Kunde,contactRef,{TestImports.Columns}\n{clientRef},A,{TestImports.Cells}\n";
        var first = await owner.ImportAsync(csv, query: "operation=create&mapping=" + Uri.EscapeDataString("""{"Kunde":"clientRef"}"""));

        var second = await owner.ImportAsync(csv, query: $"from={first.Id()}");
        var third = await owner.ImportAsync(csv, query: $"from={first.Id()}&operation=upsert");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await owner.OutcomesAsync(second), Is.EqualTo(new[] { "2 rejected  contact_exists" }));
            Assert.That(third.Counts(), Is.EqualTo("0 0 1 0"));
            Assert.That(third["warnings"]![0]!["code"]!.GetValue<string>(), Is.EqualTo("imported_before"));
            (await owner.SubmitAsync(csv, TestImports.Csv, "from=nowhere")).ShouldFail(404, "import_not_found");
        }
    }

    // With Expect: 100-continue, whose body is not sent unless it is asked for.
    private static async Task<string> SendHeadersOnlyAsync(ApiClient owner, params (string Name, string Value)[] headers)
    {
        using var client = new System.Net.Sockets.TcpClient(ServiceUnderTest.Url.Host, ServiceUnderTest.Url.Port);
        var stream = client.GetStream();
        var lines = string.Concat(headers.Select(header => $"{header.Name}: {header.Value}\r\n"));
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /api/v1/imports HTTP/1.1\r\nHost: {ServiceUnderTest.Url.Authority}\r\nAuthorization: Bearer {owner.AccessToken}\r\nContent-Type: text/csv\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n{lines}\r\n"));
        using var reader = new StreamReader(stream);
        var answer = new StringBuilder();
        for (var buffer = new char[4096]; !answer.ToString().Contains("\"undoneBy\"", StringComparison.Ordinal);)
        {
            var read = await reader.ReadAsync(buffer);
            if (read == 0)
            {
                break;
            }

            answer.Append(buffer, 0, read);
        }

        return answer.ToString();
    }

    [Test]
    public async Task An_atomic_import_of_more_rows_than_it_may_have_stores_none()
    {
        await using var service = await GuardedService.StartAsync(("Imports:AtomicRows", "2"));
        var clientRef = await service.AddContactAsync();
        var owner = new ApiClient((await service.Database.AddKeyAsync()).AccessKey, service.Url);
        var rows = Enumerable.Range(1, 3).Select(i => $"{clientRef},N{i},{TestImports.Cells}");

        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\n{string.Join('\n', rows)}\n", query: "mode=atomic");

        Assert.That($"{import["state"]} {import["problems"]![0]!["code"]}", Is.EqualTo("failed too_many_rows"));
        Assert.That((await owner.GetAsync($"/api/v1/clients/{clientRef}/contacts")).Json["total"]!.GetValue<int>(), Is.EqualTo(1));
    }
}
