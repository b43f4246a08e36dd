using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Activities.ListAppointments;

/// <summary>GET /api/v1/Appointment: pages, filters by members of objects, and another database's credential.</summary>
public sealed class ListAppointmentsTests
{
    [Test]
    public async Task Appointments_are_listed_filtered_ordered_and_narrowed()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var (owner, sample) = (await database.OwnerAsync(), await SampleAppointment.PrepareAsync(database));
        foreach (var (description, task) in new[] { ("b", 1), ("a", 2), ("c", 2) })
        {
            var body = sample.Body;
            (body["Description"], body["Task"]) = (description, new JsonObject { ["TaskListItemId"] = task });
            (await owner.PostAsync(SampleAppointment.Path, body)).ShouldBe(HttpStatusCode.Created);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await DescriptionsAsync(""), Is.EqualTo("b a c"));
            Assert.That(await DescriptionsAsync("?orderBy=Description"), Is.EqualTo("a b c"));
            Assert.That(await DescriptionsAsync("?$filter=Task.TaskListItemId eq 2"), Is.EqualTo("a c"));
            Assert.That(await DescriptionsAsync("?$filter=Task/Name begins 'Meeting' and Person.PersonId eq null&desc=true&orderBy=Description"), Is.EqualTo("c b a"));
            Assert.That(await DescriptionsAsync("?search=c"), Is.EqualTo("c"));
            Assert.That(await DescriptionsAsync("?size=1&position=1"), Is.EqualTo("a"));
            Assert.That((await owner.GetAsync($"{SampleAppointment.Path}?$select=Task&size=1")).Json["items"]![0]!.ToJsonString(), Is.EqualTo("""{"Task":{"TaskListItemId":1,"Name":"Meeting (Internal)"}}"""));
        }

        (await owner.GetAsync($"{SampleAppointment.Path}?$filter=Task eq 2")).ShouldFail(400, "invalid_filter");
        Assert.That((await (await ServiceUnderTest.B.OwnerAsync()).GetAsync($"{SampleAppointment.Path}?$filter=Contact.ClientRef eq '{sample.ClientRef}'")).Json["total"]!.GetValue<int>(), Is.Zero);

        async Task<string> DescriptionsAsync(string query) =>
            string.Join(' ', (await owner.GetAsync(SampleAppointment.Path + query)).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().Select(item => $"{item!["Description"]}"));
    }
}
