using System.Text;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Records.Patches;

namespace CrmImport.Tests.Infrastructure.Records.Patches;

/// <summary>RFC 6902 and the pointers of RFC 6901: the examples of appendix A first, then what they leave out.</summary>
public sealed class JsonPatchTests
{
    [TestCase("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux"}]""", """{"foo":"bar","baz":"qux"}""", TestName = "A1 a member is added")]
    [TestCase("""{"foo":["bar","baz"]}""", """[{"op":"add","path":"/foo/1","value":"qux"}]""", """{"foo":["bar","qux","baz"]}""", TestName = "A2 an item is added")]
    [TestCase("""{"baz":"qux","foo":"bar"}""", """[{"op":"remove","path":"/baz"}]""", """{"foo":"bar"}""", TestName = "A3 a member is removed")]
    [TestCase("""{"foo":["bar","qux","baz"]}""", """[{"op":"remove","path":"/foo/1"}]""", """{"foo":["bar","baz"]}""", TestName = "A4 an item is removed")]
    [TestCase("""{"baz":"qux","foo":"bar"}""", """[{"op":"replace","path":"/baz","value":"boo"}]""", """{"baz":"boo","foo":"bar"}""", TestName = "A5 a value is replaced")]
    [TestCase("""{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}""", """[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]""", """{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}""", TestName = "A6 a value is moved")]
    [TestCase("""{"foo":["all","grass","cows","eat"]}""", """[{"op":"move","from":"/foo/1","path":"/foo/3"}]""", """{"foo":["all","cows","eat","grass"]}""", TestName = "A7 an item is moved")]
    [TestCase("""{"baz":"qux","foo":["a",2,"c"]}""", """[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]""", """{"baz":"qux","foo":["a",2,"c"]}""", TestName = "A8 a test succeeds")]
    [TestCase("""{"foo":"bar"}""", """[{"op":"add","path":"/child","value":{"grandchild":{}}}]""", """{"foo":"bar","child":{"grandchild":{}}}""", TestName = "A10 a nested object is added")]
    [TestCase("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux","xyz":123}]""", """{"foo":"bar","baz":"qux"}""", TestName = "A11 unknown elements are ignored")]
    [TestCase("""{"/":9,"~1":10}""", """[{"op":"test","path":"/~01","value":10}]""", """{"/":9,"~1":10}""", TestName = "A14 tildes are escaped first")]
    [TestCase("""{"foo":["bar"]}""", """[{"op":"add","path":"/foo/-","value":["abc","def"]}]""", """{"foo":["bar",["abc","def"]]}""", TestName = "A16 an array is added at the end")]
    [TestCase("""{"a":1}""", "[]", """{"a":1}""", TestName = "No operations change nothing")]
    [TestCase("""{"a":null}""", """[{"op":"replace","path":"/a","value":1}]""", """{"a":1}""", TestName = "A null is replaced")]
    [TestCase("""{"a":null}""", """[{"op":"remove","path":"/a"}]""", "{}", TestName = "A null is removed")]
    [TestCase("""{"a":null}""", """[{"op":"test","path":"/a","value":null}]""", """{"a":null}""", TestName = "A null is tested")]
    [TestCase("""{"a":null}""", """[{"op":"move","from":"/a","path":"/b"}]""", """{"b":null}""", TestName = "A null is moved")]
    [TestCase("""{"a":null}""", """[{"op":"copy","from":"/a","path":"/b"}]""", """{"a":null,"b":null}""", TestName = "A null is copied")]
    [TestCase("""{"a":1}""", """[{"op":"add","path":"/a","value":null}]""", """{"a":null}""", TestName = "A null is added over a value")]
    [TestCase("""{"a":1}""", """[{"op":"replace","path":"","value":{"b":2}}]""", """{"b":2}""", TestName = "The root is replaced")]
    [TestCase("""{"a":1}""", """[{"op":"add","path":"","value":[1]},{"op":"add","path":"/1","value":2}]""", "[1,2]", TestName = "The root is added over")]
    [TestCase("""{"a":{"b":1}}""", """[{"op":"move","from":"/a","path":""}]""", """{"b":1}""", TestName = "A child becomes the root")]
    [TestCase("""{"a":{"b":1}}""", """[{"op":"copy","from":"","path":"/a/c"}]""", """{"a":{"b":1,"c":{"a":{"b":1}}}}""", TestName = "The root is copied into itself")]
    [TestCase("""{"a":1}""", """[{"op":"move","from":"/a","path":"/a"}]""", """{"a":1}""", TestName = "A value moved to its own place stays")]
    [TestCase("""{"":1}""", """[{"op":"test","path":"/","value":1}]""", """{"":1}""", TestName = "A member may have no name")]
    [TestCase("""{"a/b":1,"m~n":2}""", """[{"op":"remove","path":"/a~1b"},{"op":"replace","path":"/m~0n","value":3}]""", """{"m~n":3}""", TestName = "Slashes and tildes are unescaped")]
    [TestCase("""{"0":1,"-":2,"01":3}""", """[{"op":"remove","path":"/01"},{"op":"replace","path":"/-","value":9},{"op":"test","path":"/0","value":1}]""", """{"0":1,"-":9}""", TestName = "In an object digits are names")]
    [TestCase("""[1,2]""", """[{"op":"add","path":"/2","value":3}]""", "[1,2,3]", TestName = "The index after the last is the end")]
    [TestCase("""{"a":1,"b":{"c":[1.0,2e2],"d":"x"}}""", """[{"op":"test","path":"","value":{"b":{"d":"x","c":[1,200]},"a":1.00}}]""", """{"a":1,"b":{"c":[1.0,2e2],"d":"x"}}""", TestName = "Equal is by value, whatever the order of members and the form of numbers")]
    [TestCase("""{"a":[1]}""", """[{"op":"copy","from":"/a","path":"/b"},{"op":"add","path":"/b/-","value":2}]""", """{"a":[1],"b":[1,2]}""", TestName = "A copy is another value")]
    public void A_document_becomes_what_the_operations_say(string document, string patch, string result)
    {
        var before = Read(document).Value;

        var after = Apply(before, patch);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(after.Refusal?.Message, Is.Null);
            Assert.That(after.Value!.ToJsonString(), Is.EqualTo(result));
            Assert.That(before!.ToJsonString(), Is.EqualTo(document));
        }
    }

    [TestCase("""{"op":"add","path":"/a","value":1}""", TestName = "A patch that is no array")]
    [TestCase("[1]", TestName = "An operation that is no object")]
    [TestCase("""[{"path":"/a","value":1}]""", TestName = "No op")]
    [TestCase("""[{"op":1,"path":"/a","value":1}]""", TestName = "An op that is no text")]
    [TestCase("""[{"op":"spam","path":"/a","value":1}]""", TestName = "An unknown op")]
    [TestCase("""[{"op":"Add","path":"/a","value":1}]""", TestName = "An op in capitals")]
    [TestCase("""[{"op":"add","value":1}]""", TestName = "No path")]
    [TestCase("""[{"op":"add","path":null,"value":1}]""", TestName = "A null path")]
    [TestCase("""[{"op":"add","path":"a","value":1}]""", TestName = "A path without a slash")]
    [TestCase("""[{"op":"add","path":"/a~2","value":1}]""", TestName = "A tilde that escapes nothing")]
    [TestCase("""[{"op":"add","path":"/a~","value":1}]""", TestName = "A tilde at the end")]
    [TestCase("""[{"op":"add","path":"/b"}]""", TestName = "An add without a value")]
    [TestCase("""[{"op":"replace","path":"/a"}]""", TestName = "A replace without a value")]
    [TestCase("""[{"op":"test","path":"/a"}]""", TestName = "A test without a value")]
    [TestCase("""[{"op":"move","path":"/b"}]""", TestName = "A move without from")]
    [TestCase("""[{"op":"copy","path":"/b","from":"a"}]""", TestName = "A copy from a path without a slash")]
    [TestCase("""[{"op":"move","from":"/o","path":"/o/x"}]""", TestName = "A move into its own child")]
    [TestCase("""[{"op":"move","from":"","path":"/o"}]""", TestName = "A move of the root into itself")]
    [TestCase("""[{"op":"remove","path":"/nowhere"}]""", TestName = "A remove of nothing")]
    [TestCase("""[{"op":"replace","path":"/nowhere","value":1}]""", TestName = "A replace of nothing")]
    [TestCase("""[{"op":"move","from":"/nowhere","path":"/b"}]""", TestName = "A move of nothing")]
    [TestCase("""[{"op":"copy","from":"/nowhere","path":"/b"}]""", TestName = "A copy of nothing")]
    [TestCase("""[{"op":"add","path":"/nowhere/b","value":1}]""", TestName = "An add into nothing")]
    [TestCase("""[{"op":"add","path":"/a/b","value":1}]""", TestName = "An add into a number")]
    [TestCase("""[{"op":"add","path":"/l/3","value":1}]""", TestName = "An add beyond the end")]
    [TestCase("""[{"op":"replace","path":"/l/2","value":1}]""", TestName = "A replace at the end")]
    [TestCase("""[{"op":"remove","path":"/l/-"}]""", TestName = "A remove of what comes after the last")]
    [TestCase("""[{"op":"copy","from":"/l/-","path":"/b"}]""", TestName = "A copy of what comes after the last")]
    [TestCase("""[{"op":"remove","path":"/l/01"}]""", TestName = "An index with a leading zero")]
    [TestCase("""[{"op":"remove","path":"/l/-1"}]""", TestName = "A negative index")]
    [TestCase("""[{"op":"remove","path":"/l/1e0"}]""", TestName = "An index with an exponent")]
    [TestCase("""[{"op":"remove","path":"/l/ 1"}]""", TestName = "An index with a blank")]
    [TestCase("""[{"op":"remove","path":"/l/١"}]""", TestName = "An index in other digits")]
    [TestCase("""[{"op":"remove","path":"/l/99999999999999999999"}]""", TestName = "An index beyond all numbers")]
    [TestCase("""[{"op":"remove","path":"/l/"}]""", TestName = "An empty index")]
    [TestCase("""[{"op":"remove","path":""},{"op":"add","path":"/a","value":1}]""", TestName = "An add to a document that was removed")]
    public void What_is_no_patch_or_finds_no_path_is_refused(string patch) =>
        Assert.That(Apply(Read("""{"a":1,"o":{"x":{}},"l":[1,2]}""").Value, patch).Refusal?.Error, Is.EqualTo(ApiErrors.InvalidPatch));

    [TestCase("""{"baz":"qux"}""", """[{"op":"test","path":"/baz","value":"bar"}]""")]
    [TestCase("""{"a":"1"}""", """[{"op":"test","path":"/a","value":1}]""")]
    [TestCase("""{"a":null}""", """[{"op":"test","path":"/a","value":false}]""")]
    [TestCase("""{"a":[1,2]}""", """[{"op":"test","path":"/a","value":[2,1]}]""")]
    [TestCase("""{"a":{"b":null}}""", """[{"op":"test","path":"/a","value":{}}]""")]
    [TestCase("""{"a":1}""", """[{"op":"test","path":"/nowhere","value":null}]""")]
    [TestCase("""{"a":9007199254740993}""", """[{"op":"test","path":"/a","value":9007199254740992}]""")]
    public void A_test_that_fails_says_so(string document, string patch) =>
        Assert.That(Apply(Read(document).Value, patch).Refusal?.Error, Is.EqualTo(ApiErrors.PatchTestFailed));

    [Test]
    public void The_refusal_names_the_operation_and_its_path_and_nothing_is_changed()
    {
        var document = Read("""{"a":1}""").Value;

        var refusal = Apply(document, """[{"op":"replace","path":"/a","value":2},{"op":"remove","path":"/b"}]""").Refusal!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refusal.Message, Is.EqualTo("Operation 1 of the JSON Patch, remove \"/b\": the path does not exist"));
            Assert.That(refusal.Problems.Single().Field, Is.EqualTo("[1]"));
            Assert.That(document!.ToJsonString(), Is.EqualTo("""{"a":1}"""));
        }
    }

    [Test]
    public void More_operations_than_may_be_are_refused()
    {
        var tests = string.Join(',', Enumerable.Repeat("""{"op":"test","path":"/a","value":1}""", JsonPatch.MaxOperations));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Apply(Read("""{"a":1}""").Value, $"[{tests}]").Refusal, Is.Null);
            Assert.That(Apply(Read("""{"a":1}""").Value, $$"""[{{tests}},{"op":"test","path":"/a","value":1}]""").Refusal?.Error, Is.EqualTo(ApiErrors.InvalidPatch));
        }
    }

    [TestCase("""{"op":"remove","path":"/m0"},{"op":"add","path":"/m0","value":0}""", TestName = "Members taken from the front of an object")]
    [TestCase("""{"op":"copy","from":"","path":"/m0"},{"op":"remove","path":"/m0"},{"op":"add","path":"/m0","value":0}""", TestName = "A wide object copied and thrown away")]
    public void The_steps_of_a_patch_are_bounded(string operations)
    {
        var document = Read($"{{{string.Join(',', Enumerable.Range(0, 18_000).Select(i => $"\"m{i}\":0"))}}}").Value;

        var refusal = Apply(document, $"[{string.Join(',', Enumerable.Repeat(operations, 300))}]").Refusal;

        Assert.That(refusal?.Message, Does.Contain("more than 250000 steps"));
    }

    [Test]
    public void Five_hundred_items_may_each_be_replaced_or_appended()
    {
        const string Item = """{"locationRef":"L","isPreferred":false,"startDate":null,"endDate":null,"usageTypeId":1}""";
        var document = Read($$"""{"locations":[{{string.Join(',', Enumerable.Repeat(Item, 500))}}]}""").Value;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Apply(document, Patch(i => $$"""{"op":"replace","path":"/locations/{{i}}","value":{{Item}}}""")).Refusal, Is.Null);
            Assert.That(Apply(document, Patch(_ => $$"""{"op":"add","path":"/locations/-","value":{{Item}}}""")).Refusal, Is.Null);
            Assert.That(Apply(document, Patch(_ => """{"op":"remove","path":"/locations/0"}""")).Refusal, Is.Null);
        }

        static string Patch(Func<int, string> operation) => $"[{string.Join(',', Enumerable.Range(0, 500).Select(operation))}]";
    }

    [TestCase(StrictJson.MaxValues, true)]
    [TestCase(StrictJson.MaxValues + 1, false)]
    public void The_values_of_a_body_are_bounded(int count, bool isRead)
    {
        var body = $"[{string.Join(',', Enumerable.Repeat("0", count - 1))}]";
        Assert.That(Read(body).Refusal?.Error, Is.EqualTo(isRead ? null : ApiErrors.TooManyItems));
        Assert.That(Read(body + "]").Refusal?.Error, Is.EqualTo(ApiErrors.InvalidJson));
    }

    [Test]
    public void A_long_name_is_not_repeated_for_everything_in_it()
    {
        var body = $$"""{"{{new string('n', 500_000)}}":[{{string.Join(',', Enumerable.Repeat("""{"a":1}""", 9000))}}]}""";
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Read(body).Refusal, Is.Null);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(40_000_000));
    }

    [TestCase("""{"op":"copy","from":"","path":"/x"}""", TestName = "Copies of the root in its child")]
    [TestCase("""{"op":"copy","from":"/a","path":"/a/-"}""", TestName = "Copies of an array in itself")]
    public void Copies_of_copies_end_at_a_bound(string copy)
    {
        var patch = $"[{string.Join(',', Enumerable.Repeat(copy, 900))}]";
        Assert.That(Apply(Read("""{"a":["some text"]}""").Value, patch).Refusal?.Error, Is.EqualTo(ApiErrors.InvalidPatch));
    }

    [Test]
    public void A_wide_document_copied_again_and_again_ends_at_a_bound()
    {
        var patch = $"[{string.Join(',', Enumerable.Range(0, 900).Select(i => $$"""{"op":"copy","from":"/a","path":"/b{{i}}"}"""))}]";
        var refusal = Apply(Read($$"""{"a":"{{new string('x', 10_000)}}"}""").Value, patch).Refusal;
        Assert.That(refusal?.Message, Does.Contain("larger than"));
    }

    [TestCase("""{"a":{"b":1,"b":2}}""", "duplicate_field", "a.b")]
    [TestCase("""[{"op":"add","op":"remove","path":"/a"}]""", "duplicate_field", "[0].op")]
    [TestCase("""{"a":"\ud800"}""", "invalid_characters", "a")]
    [TestCase("""{"a":"\u0000"}""", "invalid_characters", "a")]
    [TestCase("""{"\udc00":1}""", "invalid_characters", "")]
    [TestCase("""{"a":1e99999999999}""", "field_out_of_range", "a")]
    public void What_cannot_be_worked_with_is_refused_by_name(string json, string code, string field)
    {
        var refusal = Read(json).Refusal!;
        Assert.That((refusal.Error.Code, refusal.Problems.Single().Field), Is.EqualTo((code, field)));
    }

    [Test]
    public void Whatever_comes_is_answered_and_never_thrown()
    {
        string[] words = ["{", "}", "[", "]", ":", ",", "\"op\"", "\"path\"", "\"from\"", "\"value\"", "\"add\"", "\"remove\"", "\"move\"", "\"copy\"", "\"test\"", "\"/a\"", "\"/l/-\"", "\"/~\"", "\"\\ud800\"", "\"\"", "1", "-0.0", "1e400", "1e-9999", "null", "true"];
        string[] paths = ["", "/", "/a", "/l", "/l/0", "/l/-", "/l/1", "/o/x", "/o/x/y", "/~1", "/~", "x", "/o/~0"];
        string[] values = ["null", "1", "1.0", "1e400", "{}", "[[]]", "\"x\"", """{"x":{"y":[1]}}""", "true"];
        var random = new Random(20190709);
        var outcomes = new Dictionary<string, int>();
        for (var round = 0; round < 20_000; round++)
        {
            var patch = round % 2 == 0
                ? string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => Pick(words)))
                : $"[{string.Join(',', Enumerable.Range(0, random.Next(0, 6)).Select(_ => $$"""{"op":{{Pick(words[10..15])}},"path":"{{Pick(paths)}}","from":"{{Pick(paths)}}","value":{{Pick(values)}}}"""))}]";
            var outcome = Apply(Read("""{"a":1,"o":{"x":{"y":1e400}},"l":[1,null,{}]}""").Value, patch).Refusal?.Error.Code ?? "patched";
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }

        Assert.That(outcomes.Keys, Is.SupersetOf(new[] { "patched", "invalid_json", "invalid_patch", "patch_test_failed" }));

        string Pick(string[] from) => from[random.Next(from.Length)];
    }

    private static Answer<JsonNode?> Read(string json) => Bytes(json).Parse<JsonNode?>("{[", StrictJson.Read);

    private static Answer<JsonNode?> Apply(JsonNode? document, string patch)
    {
        var json = Read(patch);
        var parsed = json.Refusal is { } broken ? broken : JsonPatch.Parse(json.Value);
        return parsed.Refusal is { } refusal ? refusal : parsed.Value.Apply(document);
    }

    private static JsonBytes Bytes(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        return new JsonBytes("application/json", bytes, bytes);
    }
}
