using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Locations.EditLocation;

/// <summary>POST /rest/contact/location: the sister of Oneserve's contact route.</summary>
public sealed class UpsertLocationTests
{
    private const string Route = "/rest/contact/location";

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task Success_is_Oneserves_and_the_headers_tell_what_happened()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var location = new JsonObject { ["clientRef"] = clientRef, ["locationRef"] = " L1 ", ["name"] = "House", ["address1"] = "A", ["usageTypeId"] = " 1 " };

        foreach (var (outcome, version, name) in new[] { ("created", 1, "House"), ("unchanged", 1, "House"), ("updated", 2, "Other") })
        {
            var answer = (await owner.PostAsync(Route, location.With("name", name))).ShouldBe(HttpStatusCode.OK);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(answer.Body, Is.EqualTo("""{"result":"success","result_msg":""}"""));
                Assert.That((answer.Header("X-Outcome"), answer.Header("ETag"), answer.Header("Location")), Is.EqualTo((outcome, $"\"{version}\"", $"/api/v1/clients/{clientRef}/locations/L1")));
            }
        }

        Assert.That((await owner.AuditAsync(clientRef, locationRef: "L1")).Select(entry => $"{entry!["outcome"]} {entry["status"]} {entry["route"]}"), Is.EqualTo(new[] { $"updated 200 {Route}", $"created 200 {Route}" }));
    }

    [Test]
    public async Task Omitted_fields_stay_and_null_or_empty_ones_are_cleared()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        JsonObject Keys() => new() { ["clientRef"] = clientRef, ["locationRef"] = "L1" };
        (await owner.PostAsync(Route, Keys().With("name", "N").With("address1", "A").With("postCode", "P").With("usageTypeId", 1))).ShouldBe(HttpStatusCode.OK);

        var answer = (await owner.PostAsync(Route, Keys().With("address1", "").With("usageTypeId", null).With("colour", 1), ("Prefer", "return=representation"))).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new[] { "name", "address1", "postCode", "usageTypeId" }.Select(name => answer.Data[name]?.ToString()), Is.EqualTo(new[] { "N", null, "P", null }));
            Assert.That(answer.Header("Preference-Applied"), Is.EqualTo("return=representation"));
            Assert.That(answer.Problems, Is.EqualTo(new[] { "colour unknown_field" }));
            Assert.That((await owner.PostAsync(Route, Keys())).Header("X-Outcome"), Is.EqualTo("unchanged"));
        }
    }

    [Test]
    public async Task An_unknown_client_is_told_in_Oneserves_words_and_all_problems_at_once()
    {
        var owner = await Database.OwnerAsync();
        var unknown = (await owner.PostAsync(Route, new JsonObject { ["clientRef"] = "999999", ["locationRef"] = "L1" })).ShouldFail(400, "unknown_client");
        Assert.That((unknown.Text("result_msg"), unknown.Problems.Single()), Is.EqualTo(("Unable to locate client ref supplied", "clientRef unknown_client")));

        var bad = (await owner.PostAsync(Route, new JsonObject { ["locationRef"] = " ", ["postCode"] = new string('x', 51), ["usageTypeId"] = "one" })).ShouldFail(400, "field_missing");
        Assert.That(bad.Problems, Is.EqualTo(new[] { "clientRef field_missing", "locationRef field_blank", "postCode field_too_long", "usageTypeId field_not_integer" }));
        (await owner.PostAsync(Route, new JsonObject { ["clientRef"] = await Database.AddClientAsync(), ["locationRef"] = "L1", ["usageTypeId"] = 99 })).ShouldFail(400, "unknown_usage_type");
        (await owner.PostAsync(Route, "[]")).ShouldFail(400, "invalid_json");
        Assert.That((await owner.PutAsync(Route, new JsonObject())).ShouldFail(405, "method_not_allowed").Header("Allow"), Is.EqualTo("POST"));
    }

    [Test]
    public async Task Twenty_equal_calls_at_once_make_one_location()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => owner.PostAsync(Route, new JsonObject { ["clientRef"] = clientRef, ["locationRef"] = "L1", ["name"] = "N" })));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers.Select(answer => $"{(int)answer.Status} {answer.Header("X-Outcome")}").Order(), Is.EqualTo(Enumerable.Repeat("200 unchanged", 19).Prepend("200 created")));
            Assert.That(await owner.AuditAsync(clientRef), Has.Count.EqualTo(1));
        }
    }

    [Test]
    public async Task A_repeated_request_under_a_key_is_answered_alike_and_a_trial_stores_nothing()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var location = new JsonObject { ["clientRef"] = clientRef, ["locationRef"] = "L1", ["name"] = "N" };
        var key = ("Idempotency-Key", TestDatabase.Unique("key"));

        Assert.That((await owner.PostAsync($"{Route}?dryRun=true", location, key)).ShouldBe(HttpStatusCode.OK).Text("outcome"), Is.EqualTo("created"));
        (await owner.GetAsync($"/api/v1/clients/{clientRef}/locations/L1")).ShouldFail(404, "location_not_found");
        var first = (await owner.PostAsync(Route, location, key)).ShouldBe(HttpStatusCode.OK);
        var again = (await owner.PostAsync(Route, location, key)).ShouldBe(HttpStatusCode.OK);
        Assert.That((again.Header("X-Outcome"), again.Header("Idempotent-Replayed"), again.Body), Is.EqualTo(("created", "true", first.Body)));
        (await owner.PostAsync(Route, location.With("name", "M"), key)).ShouldFail(422, "idempotency_key_reused");
    }
}
