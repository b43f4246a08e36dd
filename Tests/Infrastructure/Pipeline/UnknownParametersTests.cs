using System.Net;

namespace CrmImport.Tests.Infrastructure.Pipeline;

/// <summary>A read whose parameter is not understood answers nothing rather than everything.</summary>
public sealed class UnknownParametersTests
{
    [TestCase("/api/v1/contacts?surname=Lee", "surname", "to filter by a field, use $filter=surname eq 'value'")]
    [TestCase("/api/v1/contacts?filter=surname eq 'Lee'", "filter", "did you mean $filter?")]
    [TestCase("/api/v1/contacts?limit=5", "limit", "did you mean size?")]
    [TestCase("/api/v1/contacts?page_size=5", "page_size", "did you mean size?")]
    [TestCase("/api/v1/contacts?sort=surname", "sort", "did you mean orderBy?")]
    [TestCase("/api/v1/contacts?$expand=locations", "$expand", "this route takes position, size, ")]
    [TestCase("/api/v1/clients/x/contacts/y?select=surname", "select", "did you mean $select?")]
    [TestCase("/api/v1/audit?client=29", "client", "this route takes kind, ")]
    [TestCase("/api/v1/admin/settings?$select=version", "$select", "this route takes none")]
    [TestCase("/api/v1/MDOList/task?$top=1", "$top", "this route takes none")]
    [TestCase("/api/parties?page=2", "page", "to filter by a field")]
    public async Task A_read_refuses_a_parameter_it_does_not_take_and_names_what_was_meant(string path, string name, string hint)
    {
        var answer = (await (await ServiceUnderTest.A.OwnerAsync()).GetAsync(path)).ShouldFail(400, "invalid_parameter");
        Assert.That(answer.Problems, Is.EqualTo(new[] { $"{name} invalid_parameter" }));
        Assert.That(answer.Text("result_msg"), Does.StartWith($"Unknown parameter {name}; {hint}"));
    }

    [Test]
    public async Task Many_or_long_ones_make_no_long_answer_and_come_after_the_credential()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var many = string.Join('&', Enumerable.Range(0, 800).Select(i => $"p{i}=1"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await owner.GetAsync($"/api/v1/contacts?{many}")).ShouldFail(400, "invalid_parameter").Problems, Has.Length.EqualTo(10));
            Assert.That((await owner.GetAsync($"/api/v1/contacts?{new string('p', 7000)}=1")).ShouldFail(400, "invalid_parameter").Body, Has.Length.LessThan(1000));
            (await ApiClient.Anonymous.GetAsync("/api/v1/contacts?surname=Lee", ("x-database", ServiceUnderTest.A.Name))).ShouldFail(401, "not_authenticated");
        }
    }

    [Test]
    public async Task Writes_and_reads_without_parameters_take_what_they_do_not_know()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var contact = Sample.Contact(await ServiceUnderTest.A.AddClientAsync(), "C1");
        (await owner.PostAsync("/rest/contact/contact?_=1700000000", contact)).ShouldBe(HttpStatusCode.OK);
        (await owner.GetAsync("/api/v1/User/currentPrincipal?_=1700000000")).ShouldBe(HttpStatusCode.OK);
        (await owner.GetAsync("/api/v1/contacts?SIZE=1&$Count=true&$TOP=1")).ShouldBe(HttpStatusCode.OK);
    }
}
