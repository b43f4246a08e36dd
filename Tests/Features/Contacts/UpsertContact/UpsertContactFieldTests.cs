using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Tests.Features.Contacts.UpsertContact;

/// <summary>Each field wrong in each way it can be, and right in each way it may be. The cases come from Oneserve's document as written here, not from the catalogue.</summary>
public sealed class UpsertContactFieldTests
{
    private static readonly (string Name, int MaxLength, bool Mandatory)[] Texts =
    [
        ("clientRef", 50, true), ("contactRef", 50, true), ("salutation", 50, true), ("forename", 80, true), ("surname", 80, true),
        ("contact1", 80, true), ("contact2", 50, false), ("contact3", 80, false), ("contact4", 80, false),
        ("address1", 200, true), ("address2", 200, true), ("address3", 200, false), ("address4", 200, false),
        ("postCode", 50, true), ("notes", 2000, false), ("considerations", 4000, false),
    ];

    private static readonly (string Name, bool Mandatory)[] Integers =
    [
        ("contact1Type", true), ("contact2Type", false), ("contact3Type", false), ("contact4Type", false), ("preferredContact", true),
    ];

    private static readonly string[] Keys = ["clientRef", "contactRef"];

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public void Every_field_of_the_catalogue_has_its_cases() =>
        Assert.That(Texts.Select(field => field.Name).Concat(Integers.Select(field => field.Name)), Is.EquivalentTo(ContactFields.Contact.Fields.Select(field => field.Name)));

    private static IEnumerable<TestCaseData> WrongFields()
    {
        foreach (var (name, maxLength, mandatory) in Texts)
        {
            yield return Case(name, "too long by one", new string('x', maxLength + 1), "field_too_long");
            yield return Case(name, "a number", 1, "field_wrong_type");
            yield return Case(name, "a boolean", true, "field_wrong_type");
            yield return Case(name, "an object", new JsonObject(), "field_wrong_type");
            yield return Case(name, "an array", new JsonArray("x"), "field_wrong_type");
            yield return Case(name, "a NUL", "a\0b", "invalid_characters");
            if (mandatory)
            {
                yield return Case(name, "null", null, "field_null");
            }
        }

        foreach (var (name, mandatory) in Integers)
        {
            yield return Case(name, "words", "one", "field_not_integer");
            yield return Case(name, "a fraction", 1.0m, "field_not_integer");
            yield return Case(name, "a fraction as text", "1.0", "field_not_integer");
            yield return Case(name, "an exponent", "1e0", "field_not_integer");
            yield return Case(name, "beyond 32 bits", 2147483648, "field_not_integer");
            yield return Case(name, "a boolean", true, "field_wrong_type");
            yield return Case(name, "an array", new JsonArray(1), "field_wrong_type");
            if (mandatory)
            {
                yield return Case(name, "null", null, "field_null");
                yield return Case(name, "empty", "", "field_not_integer");
            }
        }

        foreach (var name in Integers.Select(field => field.Name).Where(name => name != "preferredContact"))
        {
            yield return Case(name, "no such type", 999, "unknown_contact_type");
        }

        foreach (var name in Keys)
        {
            yield return Case(name, "empty", "", "field_blank");
            yield return Case(name, "blank", " \t ", "field_blank");
        }

        foreach (var number in new[] { 0, 5, -1 })
        {
            yield return Case("preferredContact", $"{number}", number, "field_out_of_range");
        }

        static TestCaseData Case(string field, string what, JsonNode? value, string code) =>
            new TestCaseData(field, value?.ToJsonString(), code).SetArgDisplayNames(field, what);
    }

    [TestCaseSource(nameof(WrongFields))]
    public async Task A_wrong_field_is_named_and_nothing_is_stored(string field, string? json, string code)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var contact = Sample.Contact(clientRef, "C1").With(field, json is null ? null : JsonNode.Parse(json));

        var answer = (await owner.UpsertAsync(contact)).ShouldFail(400, code);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Problems, Is.EqualTo(new[] { $"{field} {code}" }));
            Assert.That(answer.Text("result_msg"), Does.StartWith(field));
            Assert.That(await Database.QueryAsync<int>("select count(*) from contact where client_ref = @ClientRef", new { ClientRef = clientRef }), Is.Zero);
            Assert.That(await owner.AuditAsync(clientRef), Is.Empty);
        }
    }

    private static IEnumerable<string> MandatoryFields() =>
        Texts.Where(field => field.Mandatory).Select(field => field.Name).Concat(Integers.Where(field => field.Mandatory).Select(field => field.Name));

    [TestCaseSource(nameof(MandatoryFields))]
    public async Task A_missing_mandatory_field_is_named(string field)
    {
        var owner = await Database.OwnerAsync();
        var answer = (await owner.UpsertAsync(Sample.Contact(await Database.AddClientAsync(), "C1").Without(field))).ShouldFail(400, "field_missing");
        Assert.That(answer.Problems, Is.EqualTo(new[] { $"{field} field_missing" }));
    }

    private static IEnumerable<TestCaseData> TextFields() =>
        Texts.Where(field => !Keys.Contains(field.Name)).Select(field => new TestCaseData(field.Name, field.MaxLength, field.Mandatory));

    [TestCaseSource(nameof(TextFields))]
    public async Task A_text_of_the_greatest_length_is_stored_counted_in_code_points_and_emptied_again(string field, int maxLength, bool mandatory)
    {
        var owner = await Database.OwnerAsync();
        var contact = Sample.Contact(await Database.AddClientAsync(), "C1");
        var longest = string.Concat(Enumerable.Repeat("😀", maxLength));

        (await owner.UpsertAsync(contact.With(field, longest))).ShouldBe(HttpStatusCode.OK);
        Assert.That((await ReadAsync())[field]!.GetValue<string>(), Is.EqualTo(longest));

        (await owner.UpsertAsync(contact.With(field, longest + "a"))).ShouldFail(400, "field_too_long");
        (await owner.UpsertAsync(contact.With(field, ""))).ShouldBe(HttpStatusCode.OK);
        Assert.That((await ReadAsync())[field]?.GetValue<string>(), Is.EqualTo(mandatory ? "" : null));

        async Task<JsonObject> ReadAsync() => (await owner.ReadAsync(contact["clientRef"]!.GetValue<string>(), "C1")).ShouldBe(HttpStatusCode.OK).Data;
    }

    [Test]
    public async Task Omitted_optional_fields_stay_and_null_or_empty_ones_are_cleared()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var contact = Sample.Contact(clientRef, "C1")
            .With("contact2", "07123").With("contact2Type", 10).With("notes", "a note").With("considerations", "to consider").With("contact3Type", "6").With("contact4Type", 1);
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);

        var sparse = Sample.Contact(clientRef, "C1").With("notes", null).With("considerations", "").With("contact3Type", "").With("contact4Type", null);
        (await owner.UpsertAsync(sparse)).ShouldBe(HttpStatusCode.OK);

        var read = (await owner.ReadAsync(clientRef, "C1")).Data;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read["contact2"]!.GetValue<string>(), Is.EqualTo("07123"));
            Assert.That(read["contact2Type"]!.GetValue<int>(), Is.EqualTo(10));
            foreach (var field in new[] { "notes", "considerations", "contact3Type", "contact4Type" })
            {
                Assert.That(read.ContainsKey(field), Is.True);
                Assert.That(read[field], Is.Null);
            }
        }
    }

    [TestCase("\"1\"")]
    [TestCase("\" 1 \"")]
    [TestCase("1")]
    [TestCase("\"01\"")]
    public async Task A_whole_number_may_be_text(string json)
    {
        var owner = await Database.OwnerAsync();
        var contact = Sample.Contact(await Database.AddClientAsync(), "C1").With("preferredContact", JsonNode.Parse(json));
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Refs_are_trimmed_and_told_apart_by_case()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        (await owner.UpsertAsync(Sample.Contact($"  {clientRef} ", " Ref "))).ShouldBe(HttpStatusCode.OK);
        var second = (await owner.UpsertAsync(Sample.Contact(clientRef, "REF"))).ShouldBe(HttpStatusCode.OK);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.Header("X-Outcome"), Is.EqualTo("created"));
            Assert.That((await owner.ReadAsync(clientRef, "Ref")).Status, Is.EqualTo(HttpStatusCode.OK));
        }
    }

    [Test]
    public async Task All_problems_are_told_at_once_in_field_order()
    {
        var owner = await Database.OwnerAsync();
        var contact = new JsonObject
        {
            ["locations"] = new JsonArray(
                new JsonObject { ["startDate"] = "31/02/2020", ["isPreferred"] = "perhaps", ["usageTypeId"] = "x" },
                "no object",
                new JsonObject { ["location Ref"] = "L1", ["isPreferred"] = 2, ["endDate"] = "2020-13-01" }),
            ["notes"] = 7,
            ["surname"] = new string('x', 81),
            ["clientRef"] = "",
        };

        var answer = (await owner.UpsertAsync(contact)).ShouldFail(400, "field_blank");

        Assert.That(answer.Problems, Is.EqualTo(new[]
        {
            "clientRef field_blank", "contactRef field_missing", "salutation field_missing", "forename field_missing", "surname field_too_long",
            "contact1 field_missing", "contact1Type field_missing", "preferredContact field_missing",
            "address1 field_missing", "address2 field_missing", "postCode field_missing", "notes field_wrong_type",
            "locations[0].locationRef field_missing", "locations[0].isPreferred field_not_boolean", "locations[0].startDate field_not_date", "locations[0].usageTypeId field_not_integer",
            "locations[2].isPreferred field_not_boolean", "locations[2].endDate field_not_date",
            "locations[1] field_wrong_type",
        }));
    }

    [Test]
    public async Task Unknown_references_are_told_together_with_field_and_value()
    {
        var owner = await Database.OwnerAsync();
        var contact = Sample.Contact(await Database.AddClientAsync("L1"), "C1", "elsewhere").With("contact1Type", 77).With("contact2Type", 78);
        contact["locations"]![0]!["usageTypeId"] = 79;

        var answer = (await owner.UpsertAsync(contact)).ShouldFail(400, "unknown_contact_type");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Problems, Is.EqualTo(new[]
            {
                "contact1Type unknown_contact_type", "contact2Type unknown_contact_type", "locations[0].locationRef unknown_location", "locations[0].usageTypeId unknown_usage_type",
            }));
            Assert.That(answer.Body, Does.Contain("77").And.Contain("78").And.Contain("79").And.Contain("elsewhere"));
        }
    }

    [Test]
    public async Task An_unknown_client_is_told_in_Oneserves_words()
    {
        var owner = await Database.OwnerAsync();
        var answer = (await owner.UpsertAsync(Sample.Contact("999999", "C1"))).ShouldFail(400, "unknown_client");
        Assert.That(answer.Text("result_msg"), Is.EqualTo("Unable to locate client ref supplied"));
        Assert.That($"{answer.Json["problems"]![0]!["message"]}", Is.EqualTo("Unable to locate client ref supplied: 999999"));
    }

    [Test]
    public async Task Unknown_references_are_reported_beside_faults_of_fields()
    {
        var owner = await Database.OwnerAsync();
        var contact = Sample.Contact(await Database.AddClientAsync("L1"), "C1", "elsewhere").With("contact1Type", 99).With("surname", new string('x', 93));
        contact["locations"]![0]!["isPreferred"] = "maybe";
        contact["locations"]!.AsArray().Add(new JsonObject { ["locationRef"] = "L1", ["isPreferred"] = false, ["startDate"] = "2020-02-02", ["endDate"] = "2020-02-01", ["usageTypeId"] = 98 });

        var answer = (await owner.UpsertAsync(contact)).ShouldFail(400, "field_too_long");
        var unknown = (await owner.UpsertAsync(contact.With("clientRef", "nobody"))).ShouldFail(400, "field_too_long");
        var none = (await owner.UpsertAsync(contact.Without("clientRef"))).ShouldFail(400, "field_missing");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Problems, Is.EqualTo(new[]
            {
                "surname field_too_long", "locations[0].isPreferred field_not_boolean",
                "contact1Type unknown_contact_type", "locations[0].locationRef unknown_location", "locations[1].endDate end_before_start", "locations[1].usageTypeId unknown_usage_type",
            }));
            Assert.That(answer.Text("result_msg"), Is.EqualTo("surname is longer than 80 characters (it has 93)"));
            Assert.That(unknown.Problems, Does.Contain("clientRef unknown_client").And.None.Contains("unknown_location"));
            Assert.That(none.Problems, Has.None.Contains("unknown_client").And.None.Contains("unknown_location").And.Some.EqualTo("contact1Type unknown_contact_type"));
        }
    }

    [Test]
    public async Task A_preferred_contact_that_points_to_an_empty_one_is_warned_of()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();

        var empty = (await owner.UpsertAsync(Sample.Contact(clientRef, "C1").With("contact1", "01392").With("preferredContact", 3), ("Prefer", "return=representation"))).ShouldBe(HttpStatusCode.OK);
        var filled = (await owner.UpsertAsync(Sample.Contact(clientRef, "C1").With("contact1", "01392").With("preferredContact", 3).With("contact3", "01392"))).ShouldBe(HttpStatusCode.OK);
        var patched = (await owner.PatchAsync($"/api/v1/clients/{clientRef}/contacts/C1", """{"preferredContact":2}""")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(empty.Header("X-Warnings"), Is.EqualTo("1 preferred_contact_empty preferredContact"));
            Assert.That(empty.Json["problems"]!.ToJsonString(), Is.EqualTo("""[{"level":"WARNING","field":"preferredContact","code":"preferred_contact_empty","message":"preferredContact is 3, and contact3 is empty"}]"""));
            Assert.That(filled.Header("X-Warnings"), Is.Empty);
            Assert.That(patched.Header("X-Warnings"), Is.EqualTo("1 preferred_contact_empty preferredContact"));
        }
    }

    [Test]
    public async Task An_unknown_property_is_ignored_and_warned_of_in_the_representation()
    {
        var owner = await Database.OwnerAsync();
        var contact = Sample.Contact(await Database.AddClientAsync("L1"), "C1", "L1").With("Surname", "wrong case");
        contact["locations"]![0]!["colour"] = new JsonArray(1, new JsonObject());

        var answer = (await owner.UpsertAsync(contact, ("Prefer", "return=representation"))).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Data["surname"]!.GetValue<string>(), Is.EqualTo("Test"));
            Assert.That(answer.Header("Preference-Applied"), Is.EqualTo("return=representation"));
            Assert.That(answer.Problems, Is.EqualTo(new[] { "locations[0].colour unknown_field", "Surname unknown_field" }));
            Assert.That(answer.Json["problems"]![0]!["level"]!.GetValue<string>(), Is.EqualTo("WARNING"));
            Assert.That((await owner.ReadAsync(answer.Data["clientRef"]!.GetValue<string>(), "C1")).Data.ToJsonString(), Is.EqualTo(answer.Data.ToJsonString()));
        }
    }

    [Test]
    public async Task A_misspelt_property_is_reported_beside_the_exact_body_of_Oneserve()
    {
        var owner = await Database.OwnerAsync();
        var contact = Sample.Contact(await Database.AddClientAsync("L1"), "C1", "L1").With("sirname", "x").With("naïve\r\nX: y", "x");
        var key = ("Idempotency-Key", TestDatabase.Unique("key"));

        var first = (await owner.UpsertAsync(contact, key)).ShouldBe(HttpStatusCode.OK);
        var again = (await owner.UpsertAsync(contact, key)).ShouldBe(HttpStatusCode.OK);
        var many = (await owner.UpsertAsync(Enumerable.Range(0, 20).Aggregate(contact, (all, i) => all.With($"n{i}", "x")))).ShouldBe(HttpStatusCode.OK);
        var wide = (await owner.UpsertAsync(Enumerable.Range(0, 20).Aggregate(contact, (all, i) => all.With(new string('€', 90) + i, "x")))).ShouldBe(HttpStatusCode.OK);
        var client = await owner.PutAsync($"/api/v1/clients/{contact["clientRef"]}", new JsonObject { ["name"] = "N", ["adress1"] = "x" });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Body, Is.EqualTo("""{"result":"success","result_msg":""}"""));
            Assert.That(first.Header("X-Warnings"), Is.EqualTo("2 unknown_field sirname, unknown_field na%C3%AFve%0D%0AX%3A%20y"));
            Assert.That((again.Header("Idempotent-Replayed"), again.Header("X-Warnings")), Is.EqualTo(("true", first.Header("X-Warnings"))));
            Assert.That(many.Header("X-Warnings"), Does.StartWith("22 unknown_field sirname, ").And.EndWith(" n7"));
            Assert.That(wide.Header("X-Warnings"), Has.Length.LessThanOrEqualTo(1000));
            Assert.That(client.ShouldBe(HttpStatusCode.OK).Header("X-Warnings"), Is.EqualTo("1 unknown_field adress1"));
            Assert.That((await owner.UpsertAsync(contact.Without("surname"))).ShouldFail(400, "field_missing").Header("X-Warnings"), Is.Empty);
        }
    }

    [TestCase("""{"surname":"a","surname":"b"}""", "surname")]
    [TestCase("""{"foo":"a","foo":"b"}""", "foo")]
    [TestCase("""{"locations":[],"locations":[]}""", "locations")]
    [TestCase("""{"locations":[{"locationRef":"a","location Ref":"a","isPreferred":true}]}""", "locations[0].location Ref")]
    public async Task A_property_that_stands_twice_is_refused(string json, string field)
    {
        var owner = await Database.OwnerAsync();
        var answer = (await owner.PostAsync("/rest/contact/contact", json)).ShouldBe(HttpStatusCode.BadRequest);
        Assert.That(answer.Problems, Does.Contain($"{field} duplicate_field"));
    }

    [TestCase("", "A JSONObject text must begin with '{' at character 1 (line 1, column 1)")]
    [TestCase("   ", "A JSONObject text must begin with '{' at character 4 (line 1, column 4)")]
    [TestCase("[{\"clientRef\":\"29\"}]", "A JSONObject text must begin with '{' at character 1 (line 1, column 1)")]
    [TestCase("\n [", "A JSONObject text must begin with '{' at character 3 (line 2, column 2)")]
    [TestCase("\"text\"", "A JSONObject text must begin with '{' at character 1 (line 1, column 1)")]
    [TestCase("null", "A JSONObject text must begin with '{' at character 1 (line 1, column 1)")]
    [TestCase("{\"a\":1", "Unexpected end of the text at character 7 (line 1, column 7)")]
    [TestCase("{\"a\" 1}", "Unexpected '1' at character 6 (line 1, column 6)")]
    [TestCase("{\n\"é😀\":1,\n\"b\":x}", "Unexpected 'x' at character 15 (line 3, column 5)")]
    [TestCase("{\"a\":1}}", "Unexpected '}' at character 8 (line 1, column 8)")]
    [TestCase("{\"a\":01}", "Unexpected '1' at character 7 (line 1, column 7)")]
    [TestCase("{\"a\":1,}", "Unexpected '}' at character 8 (line 1, column 8)")]
    [TestCase("{'a':1}", "Unexpected ''' at character 2 (line 1, column 2)")]
    [TestCase("{\"a\":\"b\tc\"}", "Unexpected control character at character 8 (line 1, column 8)")]
    [TestCase("{\"a\":\"\\x\"}", "Unexpected 'x' at character 8 (line 1, column 8)")]
    public async Task What_is_not_one_JSON_object_is_REST0002_with_its_position(string body, string detail)
    {
        var owner = await Database.OwnerAsync();
        var answer = (await owner.PostAsync("/rest/contact/contact", body)).ShouldFail(400, "invalid_json");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Text("result_msg"), Is.EqualTo("REST0002"));
            Assert.That(answer.Text("result_error_msg"), Is.EqualTo(detail));
        }
    }

    [Test]
    public async Task Bytes_that_are_not_UTF8_and_too_deep_a_nesting_are_REST0002()
    {
        var owner = await Database.OwnerAsync();
        var latin = new ByteArrayContent([.. "{\"é\":\""u8, 0xE9, .. "\"}"u8]);
        latin.Headers.ContentType = new("application/json");
        var invalid = (await owner.SendAsync(HttpMethod.Post, "/rest/contact/contact", latin)).ShouldFail(400, "invalid_json");
        var deep = (await owner.PostAsync("/rest/contact/contact", $"{{\"a\":{new string('[', 100_000)}")).ShouldFail(400, "invalid_json");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(invalid.Text("result_error_msg"), Is.EqualTo("Bytes that are not UTF-8 at character 7 (line 1, column 7)"));
            Assert.That(deep.Text("result_error_msg"), Does.StartWith("Nested deeper than 64 levels"));
        }
    }

    [TestCase("\"\\ud800\"")]
    [TestCase("\"a\\udc00b\"")]
    [TestCase("\"\\u0000\"")]
    public async Task A_lone_surrogate_or_a_NUL_is_refused_in_any_place(string json)
    {
        var owner = await Database.OwnerAsync();
        foreach (var field in new[] { "surname", "preferredContact", "notes" })
        {
            var answer = (await owner.PostAsync("/rest/contact/contact", $"{{\"{field}\":{json},{json}:1}}")).ShouldBe(HttpStatusCode.BadRequest);
            Assert.That(answer.Problems, Does.Contain($"{field} invalid_characters"));
        }
    }

    [Test]
    public async Task Any_charset_is_read()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var json = Sample.Contact(clientRef, "C1").With("surname", "Müller").ToJsonString();
        var unescaped = json.Replace("\\u00FC", "ü", StringComparison.Ordinal);
        foreach (var charset in new[] { "utf-8", "iso-8859-1", "utf-16" })
        {
            var content = new ByteArrayContent(Encoding.GetEncoding(charset).GetBytes(unescaped));
            content.Headers.TryAddWithoutValidation("Content-Type", $"Application/JSON;charset={charset}");
            (await owner.SendAsync(HttpMethod.Post, "/rest/contact/contact", content)).ShouldBe(HttpStatusCode.OK);
            Assert.That((await owner.ReadAsync(clientRef, "C1")).Data["surname"]!.GetValue<string>(), Is.EqualTo("Müller"));
        }
    }

    [Test]
    public async Task An_answer_never_outgrows_its_request_by_its_problems()
    {
        var owner = await Database.OwnerAsync();
        string[] bodies =
        [
            $"{{{string.Join(',', Enumerable.Repeat("\"\":1", 170_000))}}}",
            $"{{\"locations\":[{string.Join(',', Enumerable.Repeat("1", 500_000))}]}}",
            $"{{\"{new string('x', 1_000_000)}\":1}}",
        ];
        foreach (var body in bodies)
        {
            var answer = (await owner.PostAsync("/rest/contact/contact", body)).ShouldBe(HttpStatusCode.BadRequest);
            Assert.That(answer.Body, Has.Length.LessThan(200_000));
        }

        var told = (await owner.PostAsync("/rest/contact/contact", bodies[0])).Problems;
        Assert.That(told[^1], Does.EndWith("too_many_items"));
    }

    [TestCase(".")]
    [TestCase("..")]
    public async Task A_ref_that_no_address_can_hold_is_refused(string contactRef)
    {
        var owner = await Database.OwnerAsync();
        (await owner.UpsertAsync(Sample.Contact("any", contactRef))).ShouldFail(400, "field_not_addressable");
    }

    [Test]
    public async Task The_first_and_the_last_day_are_days_like_any_other()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var contact = Sample.Contact(clientRef, "C1", "L1");
        contact["locations"]![0]!.AsObject().With("startDate", "01/01/0001").With("endDate", "31/12/9999");
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);

        var stored = await Database.QueryAsync<string>("select start_date::text || ' ' || end_date from contact_location where client_ref = @ClientRef", new { ClientRef = clientRef });
        var read = (await owner.ReadAsync(clientRef, "C1")).Data["locations"]![0]!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stored, Is.EqualTo("0001-01-01 9999-12-31"));
            Assert.That(read["startDate"]!.GetValue<string>(), Is.EqualTo("0001-01-01"));
            Assert.That(read["endDate"]!.GetValue<string>(), Is.EqualTo("9999-12-31"));
        }
    }

    [Test]
    public async Task The_columns_hold_what_the_catalogue_promises()
    {
        foreach (var field in ContactFields.Contact.Fields)
        {
            var column = await Database.QueryAsync<(string Type, int? Length, bool Nullable)>(
                "select data_type, character_maximum_length, is_nullable = 'YES' from information_schema.columns where table_name = 'contact' and column_name = @Column",
                new { field.Column });
            using (Assert.EnterMultipleScope())
            {
                Assert.That(column.Type, Is.EqualTo(field.Kind == FieldKind.Integer ? "integer" : "character varying"), field.Name);
                Assert.That(column.Length ?? 0, Is.EqualTo(field.MaxLength), field.Name);
                Assert.That(column.Nullable, Is.EqualTo(!field.Mandatory), field.Name);
            }
        }
    }
}
