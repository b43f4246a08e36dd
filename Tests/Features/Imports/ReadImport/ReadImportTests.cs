using System.Net;

namespace CrmImport.Tests.Features.Imports.ReadImport;

public sealed class ReadImportTests
{
    [Test]
    public async Task An_import_is_read_whole_or_in_part()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\n");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await owner.GetAsync($"/api/v1/imports/{import.Id()}?$select=state,rowsRead")).ShouldBe(HttpStatusCode.OK).Data.ToJsonString(), Is.EqualTo("""{"state":"completed","rowsRead":0}"""));
            (await owner.GetAsync($"/api/v1/imports/{Guid.NewGuid()}")).ShouldFail(404, "import_not_found");
            (await owner.GetAsync("/api/v1/imports/nonsense")).ShouldFail(404, "import_not_found");
        }
    }
}
