using System.Net;

namespace CrmImport.Tests.Features.Imports.ReadResults;

public sealed class ReadResultsTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_line_for_each_row_in_order_or_those_of_one_outcome()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\n{string.Concat(Enumerable.Range(0, 2300).Select(i => i % 1000 == 999 ? "x\n" : $"{clientRef},C{i},{TestImports.Cells}\n"))}");

        var (results, rejected) = (await owner.ResultsAsync(import), await owner.ResultsAsync(import, "outcome=rejected"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(results.Select(result => result["line"]!.GetValue<int>()), Is.EqualTo(Enumerable.Range(2, 2300)));
            Assert.That(rejected.Select(result => result["line"]!.GetValue<int>()), Is.EqualTo(new[] { 1001, 2001 }));
            Assert.That((await owner.GetAsync($"/api/v1/imports/{import.Id()}/results")).Header("Content-Type"), Is.EqualTo("application/x-ndjson; charset=utf-8"));
            (await owner.GetAsync($"/api/v1/imports/{import.Id()}/results?outcome=bad")).ShouldFail(400, "invalid_parameter");
        }
    }

    [Test]
    public async Task Changes_of_a_contact_that_was_changed_twice_stand_with_their_rows()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "Z", "L1"))).ShouldBe(HttpStatusCode.OK);
        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns},locationRef,isPreferred\n{clientRef},A,{TestImports.Cells},L1,true\n{clientRef},B,{TestImports.Cells},,\n{clientRef},A,Mr,John,Other,,,,,,,,\n");

        var results = await owner.ResultsAsync(import);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(results[2]["changes"]!.ToJsonString(), Is.EqualTo("""{"surname":["Test","Other"]}"""));
            Assert.That(results[0]["problems"]![0]!["code"]!.GetValue<string>(), Is.EqualTo("preferred_taken"));
            Assert.That((await owner.AuditAsync(clientRef, "Z"))[0]!["importId"]!.GetValue<string>(), Is.EqualTo(import.Id()));
        }
    }
}
