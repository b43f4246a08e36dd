using System.Net;

namespace CrmImport.Tests.Features.Imports.ListImports;

public sealed class ListImportsTests
{
    [Test]
    public async Task Imports_are_listed_filtered_and_ordered_and_a_writer_sees_its_own()
    {
        var name = TestDatabase.Unique("list");
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var writer = (await TestSession.OpenAsync(ServiceUnderTest.A, 1, "contact:add")).Client;
        var header = $"clientRef,contactRef,{TestImports.Columns}\n";
        var first = await owner.ImportAsync(header, query: $"name={name}-1");
        var second = await writer.ImportAsync(header, query: $"name={name}-2");

        string[] all = await IdsAsync(owner, $"search={name}"), newest = await IdsAsync(owner, $"$filter=name begins '{name}'&orderBy=createdAt&desc=true");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(all, Is.EqualTo(new[] { first.Id(), second.Id() }));
            Assert.That(newest, Is.EqualTo(new[] { second.Id(), first.Id() }));
            Assert.That(await IdsAsync(writer, ""), Is.EqualTo(new[] { second.Id() }));
            Assert.That(await IdsAsync(owner, $"$filter=name begins '{name}' and state eq 'running'"), Is.Empty);
        }
    }

    private static async Task<string[]> IdsAsync(ApiClient client, string query) =>
        [.. (await client.GetAsync($"/api/v1/imports?{query}")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().Select(item => item!["id"]!.GetValue<string>())];
}
