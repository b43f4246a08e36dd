using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Activities.EditAppointment;

/// <summary>SuperOffice's worked example step by step, and what else an appointment takes and refuses.</summary>
public sealed class EditAppointmentTests
{
    private const string Path = SampleAppointment.Path;

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task The_document_s_example_works_step_by_step()
    {
        var (owner, sample) = (await Database.OwnerAsync(), await SampleAppointment.PrepareAsync(Database));
        var me = (await owner.GetAsync("/api/v1/User/currentPrincipal")).Json;

        var created = (await UntypedAsync(owner, HttpMethod.Post, Path, sample.Body.ToJsonString())).ShouldBe(HttpStatusCode.Created);
        var id = (long)created.Json["AppointmentId"]!;
        var address = created.Header("Location");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(address, Is.EqualTo($"{Path}/{id}"));
            Assert.That(created.Json.Select(member => member.Key), Is.EqualTo(new[]
            {
                "AppointmentId", "Description", "StartDate", "EndDate", "Priority", "Contact", "Person", "Task", "Associate", "AssignedBy", "CreatedBy",
                "version", "createdAt", "updatedAt", "updatedBy",
            }));
            Assert.That(created.Json["Contact"]!.ToJsonString(), Is.EqualTo($$"""{"ContactId":{{sample.ContactId}},"ClientRef":"{{sample.ClientRef}}","Name":"Test"}"""));
            Assert.That((created.Json["Person"], created.Json["Task"], created.Json["Priority"], $"{created.Json["Description"]}"), Is.EqualTo(((JsonNode?)null, (JsonNode?)null, (JsonNode?)null, "Hello world!")));
            Assert.That(new[] { "Associate", "AssignedBy", "CreatedBy" }.Select(name => (long)created.Json[name]!["AssociateId"]!), Has.All.EqualTo((long)me["AssociateId"]!));
            Assert.That((DateTime)created.Json["EndDate"]! - (DateTime)created.Json["StartDate"]!, Is.EqualTo(TimeSpan.FromHours(1)));
            Assert.That(JsonNode.DeepEquals((await owner.GetAsync(address)).ShouldBe(HttpStatusCode.OK).Json, created.Json), created.Body);
        }

        var patched = (await UntypedAsync(owner, HttpMethod.Patch, address, $$$"""[{"op":"replace","path":"/Person","value":{"PersonId":{{{sample.PersonId}}}}}]""")).ShouldBe(HttpStatusCode.OK);
        Assert.That((patched.Json["Person"]!.ToJsonString(), patched.Header("X-Outcome"), patched.Json.Count), Is.EqualTo(($$"""{"PersonId":{{sample.PersonId}},"ContactRef":"C1","FullName":"{{FullName}}"}""", "updated", created.Json.Count)));

        var list = JsonNode.Parse((await owner.GetAsync("/api/v1/MDOList/task")).Body)!.AsArray();
        var task = list.Single(item => $"{item!["Name"]}" == "Meeting (External)")!["Id"]!;
        var merged = (await UntypedAsync(owner, HttpMethod.Post, address, $$$"""{"Task":{"TaskListItemId":{{{task}}}}}""")).ShouldBe(HttpStatusCode.OK);
        Assert.That(merged.Json["Task"]!.ToJsonString(), Is.EqualTo($$"""{"TaskListItemId":{{task}},"Name":"Meeting (External)"}"""));

        var selected = await owner.PatchAsync($"{address}?$select=AppointmentId,Contact,Description,Person", """{"Description":"Bye"}""");
        Assert.That(selected.Json.Select(member => member.Key), Is.EqualTo(new[] { "AppointmentId", "Contact", "Description", "Person" }));
        Assert.That(JsonNode.DeepEquals((await owner.GetAsync($"{address}?$select=AppointmentId,Contact,Description,Person")).Json, selected.Json), selected.Body);

        var audit = (await owner.GetAsync($"/api/v1/audit?clientRef={sample.ClientRef}&recordType=activity")).Json["items"]!.AsArray();
        Assert.That(audit.Select(entry => $"{entry!["recordRef"]} {entry["outcome"]} {entry["changes"]?.ToJsonString()}"), Is.EqualTo(new[]
        {
            $$"""{{id}} updated {"Description":["Hello world!","Bye"]}""",
            $$"""{{id}} updated {"Task.TaskListItemId":[null,{{task}}]}""",
            $$"""{{id}} updated {"Person.PersonId":[null,{{sample.PersonId}}]}""",
            audit[^1] is { } first ? $"{id} created {first["changes"]!.ToJsonString()}" : "",
        }));
    }

    [TestCase("""{"Person":{"PersonId":{person}},"Priority":"7","StartDate":"2027-01-31T09:30:00+01:00"}""", """{"Priority":7,"StartDate":"2027-01-31T08:30:00Z","EndDate":"2027-01-31T09:30:00Z"}""")]
    [TestCase("""{"Task":null,"Person":null,"Description":"","EndDate":null,"StartDate":"2027-01-31T09:30Z"}""", """{"Task":null,"Person":null,"Description":null,"EndDate":"2027-01-31T10:30:00Z"}""")]
    [TestCase("""{"StartDate":"9999-12-31T23:59:59Z"}""", """{"StartDate":"9999-12-31T23:59:59Z","EndDate":"9999-12-31T23:59:59Z"}""")]
    [TestCase("""{"StartDate":"0001-01-01T00:00:00Z","EndDate":"9999-12-31T23:59:59.9999999Z"}""", """{"StartDate":"0001-01-01T00:00:00Z","EndDate":"9999-12-31T23:59:59.999999Z"}""")]
    [TestCase("""{"AppointmentId":0,"StartDate":"2027-01-31T09:30:00","EndDate":"2027-02-01"}""", """{"StartDate":"2027-01-31T09:30:00Z","EndDate":"2027-02-01T00:00:00Z"}""")]
    [TestCase("""{"Task":{"TaskListItemId":3,"Name":"ignored"}}""", """{"Task":{"TaskListItemId":3,"Name":"Phone-Out"}}""")]
    public async Task A_new_appointment_takes_values_as_clients_write_them(string more, string expected)
    {
        var (owner, sample) = (await Database.OwnerAsync(), await SampleAppointment.PrepareAsync(Database));
        var body = sample.Body;
        foreach (var (name, value) in JsonNode.Parse(more.Replace("{person}", $"{sample.PersonId}"))!.AsObject())
        {
            body[name] = value?.DeepClone();
        }

        var created = (await owner.PostAsync(Path, body)).ShouldBe(HttpStatusCode.Created).Json;

        foreach (var (name, value) in JsonNode.Parse(expected)!.AsObject())
        {
            Assert.That(created[name]?.ToJsonString(), Is.EqualTo(value?.ToJsonString()), name);
        }
    }

    [TestCase("""{"Contact":{"ContactId":999999999}}""", "Contact.ContactId unknown_client")]
    [TestCase("""{"Contact":{"ContactId":"x"}}""", "Contact.ContactId field_not_integer")]
    [TestCase("""{"Contact":{"ContactId":{}}}""", "Contact.ContactId field_wrong_type")]
    [TestCase("""{"Contact":5}""", "Contact field_wrong_type")]
    [TestCase("""{"Contact":[{"ContactId":1}]}""", "Contact field_wrong_type")]
    [TestCase("""{"Contact.ContactId":5}""", "Contact.ContactId unknown_field")]
    [TestCase("""{"Contact":null}""", "Contact.ContactId field_missing")]
    [TestCase("""{}""", "Contact.ContactId field_missing")]
    [TestCase("""{"Contact":{"ContactId":1,"ContactId":2}}""", "Contact.ContactId duplicate_field")]
    [TestCase("""{"Contact":{"ContactId":{contact}},"Person":{"PersonId":999999999}}""", "Person.PersonId unknown_contact")]
    [TestCase("""{"Contact":{"ContactId":{contact}},"Person":{"PersonId":{other}}}""", "Person.PersonId unknown_contact")]
    [TestCase("""{"Contact":{"ContactId":{contact}},"Task":{"TaskListItemId":99}}""", "Task.TaskListItemId unknown_task")]
    [TestCase("""{"Contact":{"ContactId":{contact}},"Associate":{"AssociateId":999999999}}""", "Associate.AssociateId unknown_account")]
    [TestCase("""{"Contact":{"ContactId":{contact}},"StartDate":"31/01/2027 09:30"}""", "StartDate field_not_allowed")]
    [TestCase("""{"Contact":{"ContactId":{contact}},"AppointmentId":5}""", "AppointmentId field_read_only")]
    [TestCase("""{"Contact":{"ContactId":{contact}},"StartDate":"2027-01-31T09:30:00Z","EndDate":"2027-01-30T09:30:00Z"}""", "EndDate end_before_start")]
    [TestCase("""{"Contact":{"ContactId":{contact}},"Priority":100}""", "Priority field_out_of_range")]
    [TestCase("""{"Contact":{"ContactId":{contact}},"Description":7}""", "Description field_wrong_type")]
    [TestCase("""[]""", " invalid_json")]
    [TestCase("", " invalid_json")]
    public async Task A_wrong_appointment_is_refused_by_the_name_of_what_is_wrong(string body, string problem)
    {
        var (owner, sample, other) = (await Database.OwnerAsync(), await SampleAppointment.PrepareAsync(Database), await SampleAppointment.PrepareAsync(Database));

        var answer = await owner.PostAsync(Path, body.Replace("{contact}", $"{sample.ContactId}").Replace("{other}", $"{other.PersonId}"));

        Assert.That((int)answer.Status, Is.EqualTo(400), answer.Body);
        Assert.That(answer.Problems, Does.Contain(problem), answer.Body);
        Assert.That((await owner.GetAsync($"{Path}?$filter=Contact.ContactId eq {sample.ContactId}")).Json["total"]!.GetValue<int>(), Is.Zero);
    }

    [TestCase("""{"Contact":{"ContactId":1}}""", 400, "field_read_only")]
    [TestCase("""{"CreatedBy":{"AssociateId":1}}""", 400, "field_read_only")]
    [TestCase("""{"Person":{"ContactRef":"other"}}""", 400, "field_read_only")]
    [TestCase("""[{"op":"replace","path":"/Contact/Name","value":"x"}]""", 400, "field_read_only")]
    [TestCase("""{"Contact":null}""", 400, "field_read_only")]
    [TestCase("""[{"op":"remove","path":"/AppointmentId"}]""", 400, "field_read_only")]
    [TestCase("""{"StartDate":null}""", 400, "field_null")]
    [TestCase("""{"Colour":"red"}""", 400, "unknown_field")]
    [TestCase("""{"Person":{"Colour":"red"}}""", 400, "unknown_field")]
    [TestCase("""{"Person":5}""", 400, "field_wrong_type")]
    [TestCase("""[{"op":"test","path":"/Description","value":"other"}]""", 409, "patch_test_failed")]
    [TestCase("""[{"op":"replace","path":"/Nothing","value":1}]""", 400, "invalid_patch")]
    public async Task A_wrong_patch_changes_nothing(string patch, int status, string code)
    {
        var (owner, sample) = (await Database.OwnerAsync(), await SampleAppointment.PrepareAsync(Database));
        var address = await sample.CreateAsync(owner);

        (await owner.PatchAsync(address, patch)).ShouldFail(status, code);

        Assert.That((long)(await owner.GetAsync(address)).Json["version"]!, Is.EqualTo(1));
    }

    [Test]
    public async Task All_that_is_unknown_is_said_together_and_an_address_that_is_no_number_s_is_404()
    {
        var owner = await Database.OwnerAsync();
        var answer = await owner.PostAsync(Path, """{"Contact":{"ContactId":999999999},"Associate":{"AssociateId":999999999},"Task":{"TaskListItemId":99},"StartDate":"2027-01-31","EndDate":"2027-01-30"}""");
        Assert.That(answer.Problems, Is.EquivalentTo(new[] { "EndDate end_before_start", "Contact.ContactId unknown_client", "Associate.AssociateId unknown_account", "Task.TaskListItemId unknown_task" }));
        Assert.That((await owner.PatchAsync($"{Path}/abc", "{}")).ShouldFail(404, "appointment_not_found").Text("result_msg"), Is.EqualTo("No appointment with that number"));
        Assert.That((await owner.PatchAsync($"{Path}/999999999", "{}")).ShouldFail(404, "appointment_not_found").Text("result_msg"), Is.EqualTo("No appointment 999999999"));
    }

    [TestCase("""{"Person":null}""", "Person")]
    [TestCase("""{"Person":{"PersonId":null}}""", "Person")]
    [TestCase("""[{"op":"remove","path":"/Task"}]""", "Task")]
    [TestCase("""[{"op":"remove","path":"/Task/TaskListItemId"}]""", "Task")]
    [TestCase("""[{"op":"replace","path":"/Task","value":{}}]""", "Task")]
    public async Task What_it_refers_to_can_be_taken_away(string patch, string cleared)
    {
        var (owner, sample) = (await Database.OwnerAsync(), await SampleAppointment.PrepareAsync(Database));
        var body = sample.Body;
        (body["Person"], body["Task"]) = (new JsonObject { ["PersonId"] = sample.PersonId }, new JsonObject { ["TaskListItemId"] = 1 });
        var address = (await owner.PostAsync(Path, body)).ShouldBe(HttpStatusCode.Created).Header("Location");

        var answer = (await owner.PatchAsync(address, patch)).ShouldBe(HttpStatusCode.OK);

        Assert.That(answer.Json.ContainsKey(cleared) && answer.Json[cleared] is null, answer.Body);
        Assert.That((await owner.GetAsync(address)).Json[cleared], Is.Null);
    }

    [Test]
    public async Task The_read_appointment_can_be_sent_back_as_a_patch_and_changes_nothing()
    {
        var (owner, sample) = (await Database.OwnerAsync(), await SampleAppointment.PrepareAsync(Database));
        var address = await sample.CreateAsync(owner);
        var read = (await owner.GetAsync(address)).Body;
        Assert.That((await owner.PatchAsync(address, read)).ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("unchanged"));
    }

    [Test]
    public async Task A_repeated_key_creates_one_and_a_dry_run_none()
    {
        var (owner, sample) = (await Database.OwnerAsync(), await SampleAppointment.PrepareAsync(Database));
        (string, string) key = ("Idempotency-Key", sample.ClientRef);

        var trial = (await owner.PostAsync($"{Path}?dryRun=true", sample.Body)).ShouldBe(HttpStatusCode.OK);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => owner.PostAsync(Path, sample.Body, key)));
        var replayed = (await owner.PostAsync(Path, sample.Body, key)).ShouldBe(HttpStatusCode.Created);

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{trial.Json["outcome"]} {trial.Data["Description"]}", Is.EqualTo("created Hello world!"));
            Assert.That(answers.Select(answer => (int)answer.Status), Has.All.AnyOf(201, 409));
            Assert.That(replayed.Header("Idempotent-Replayed"), Is.EqualTo("true"));
            Assert.That((await owner.GetAsync($"{Path}?$filter=Contact/ContactId eq {sample.ContactId}")).Json["total"]!.GetValue<int>(), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Simultaneous_patches_all_count_and_a_version_is_kept_to()
    {
        var (owner, sample) = (await Database.OwnerAsync(), await SampleAppointment.PrepareAsync(Database));
        var address = await sample.CreateAsync(owner);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i => (await owner.PatchAsync(address, $$"""{"Description":"{{i}}"}""")).ShouldBe(HttpStatusCode.OK)));

        Assert.That((long)(await owner.GetAsync(address)).Json["version"]!, Is.EqualTo(21));
        (await owner.PatchAsync(address, """{"Description":"late"}""", ("If-Match", "\"20\""))).ShouldFail(412, "precondition_failed");
        (await owner.PatchAsync(address, """{"Description":"timely"}""", ("If-Match", "\"21\""))).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task The_default_client_counts_where_the_setting_names_one_and_versions_are_not_demanded()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var (owner, sample) = (await database.OwnerAsync(), await SampleAppointment.PrepareAsync(database));
        (await owner.PatchAsync("/api/v1/admin/settings", $$"""{"defaultClientRef":"{{sample.ClientRef}}","requireVersion":true}""")).ShouldBe(HttpStatusCode.OK);

        var created = (await owner.PostAsync(Path, "{}")).ShouldBe(HttpStatusCode.Created);

        Assert.That((long)created.Json["Contact"]!["ContactId"]!, Is.EqualTo(sample.ContactId));
        (await owner.PatchAsync(created.Header("Location"), """{"Description":"x"}""")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Each_right_is_for_what_it_says_and_another_database_has_nothing_of_it()
    {
        var (owner, sample) = (await Database.OwnerAsync(), await SampleAppointment.PrepareAsync(Database));
        var address = await sample.CreateAsync(owner);
        var reader = (await TestSession.OpenAsync(Database, 1, "activity:read")).Client;
        var adder = (await TestSession.OpenAsync(Database, 1, "activity:add")).Client;
        var editor = (await TestSession.OpenAsync(Database, 1, "activity:edit")).Client;
        var stranger = await ServiceUnderTest.B.OwnerAsync();

        (await reader.GetAsync(address)).ShouldBe(HttpStatusCode.OK);
        (await reader.PostAsync(Path, sample.Body)).ShouldFail(403, "forbidden");
        (await reader.PatchAsync(address, """{"Description":"x"}""")).ShouldFail(403, "forbidden");
        Assert.That((await adder.PostAsync(Path, sample.Body)).ShouldBe(HttpStatusCode.Created).Body, Is.EqualTo("""{"result":"success","result_msg":""}"""), "who may not read is shown nothing");
        (await adder.GetAsync(address)).ShouldFail(403, "forbidden");
        (await editor.PatchAsync(address, """{"Description":"x"}""")).ShouldBe(HttpStatusCode.OK);
        (await editor.PatchAsync(address, """[{"op":"test","path":"/Description","value":"x"}]""")).ShouldFail(403, "forbidden");
        (await stranger.GetAsync(address)).ShouldFail(404, "appointment_not_found");
        (await stranger.PatchAsync(address, """{"Description":"x"}""")).ShouldFail(404, "appointment_not_found");
        (await stranger.PostAsync(address, """{"Description":"x"}""")).ShouldFail(404, "appointment_not_found");
    }

    private static string FullName => $"{Sample.Contact("x", "y")["forename"]} {Sample.Contact("x", "y")["surname"]}".Trim();

    private static Task<ApiAnswer> UntypedAsync(ApiClient caller, HttpMethod method, string path, string body)
    {
        var content = new StringContent(body);
        content.Headers.ContentType = null;
        return caller.SendAsync(method, path, content);
    }
}
