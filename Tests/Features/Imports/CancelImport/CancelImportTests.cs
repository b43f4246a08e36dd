using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Imports.CancelImport;

public sealed class CancelImportTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_cancelled_import_keeps_what_is_in_and_gives_back_the_rest()
    {
        const int Rows = 60_000;
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var csv = $"clientRef,contactRef,{TestImports.Columns}\n{string.Concat(Enumerable.Range(0, Rows).Select(i => $"{clientRef},C{i},{TestImports.Cells}\n"))}";
        var accepted = (await owner.SendAsync(HttpMethod.Post, "/api/v1/imports", new StringContent(csv, Encoding.UTF8, TestImports.Csv))).ShouldBe(HttpStatusCode.Accepted);
        JsonObject import;
        do
        {
            import = (await owner.GetAsync(accepted.Header("Location"))).Data;
        }
        while (import["rowsRead"]!.GetValue<int>() == 0);

        (await owner.GetAsync($"{accepted.Header("Location")}/unprocessed")).ShouldFail(409, "import_not_over");
        var cancelled = (await owner.PostAsync($"{accepted.Header("Location")}/cancel", "")).ShouldBe(HttpStatusCode.OK).Data;
        while (cancelled["state"]!.GetValue<string>() == "running") // the answer does not wait for ever
        {
            cancelled = (await owner.GetAsync(accepted.Header("Location"))).ShouldBe(HttpStatusCode.OK).Data;
        }

        var again = (await owner.PostAsync($"{accepted.Header("Location")}/cancel", "")).ShouldBe(HttpStatusCode.OK).Data;
        var created = cancelled["rowsCreated"]!.GetValue<int>();
        var unprocessed = (await owner.GetAsync($"{accepted.Header("Location")}/unprocessed")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(cancelled["state"]!.GetValue<string>(), Is.EqualTo("cancelled"));
            Assert.That(again.Counts(), Is.EqualTo(cancelled.Counts()));
            Assert.That(created, Is.InRange(1, Rows - 1));
            Assert.That(await Database.QueryAsync<int>("select count(*)::integer from contact where client_ref = @clientRef", new { clientRef }), Is.EqualTo(created));
            Assert.That(unprocessed.Body.Count(letter => letter == '\n') - 1, Is.EqualTo(Rows - created));
        }
    }

    [Test]
    public async Task One_that_is_over_cannot_be_cancelled()
    {
        var owner = await Database.OwnerAsync();
        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\n");

        (await owner.PostAsync($"/api/v1/imports/{import.Id()}/cancel", "")).ShouldFail(409, "import_over");
        (await owner.PostAsync($"/api/v1/imports/{Guid.NewGuid()}/cancel", "")).ShouldFail(404, "import_not_found");
    }
}
