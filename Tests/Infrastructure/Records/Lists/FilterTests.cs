using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Infrastructure.Records.Lists;

/// <summary><c>$filter</c> on a client's contacts: what it finds, and what it refuses.</summary>
public sealed class FilterTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    /// <summary>Four contacts that differ in every kind of field; shared, since no test here changes them.</summary>
    private static readonly Lazy<Task<string>> ClientRef = new(async () =>
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        JsonObject[] contacts =
        [
            Sample.Contact(clientRef, "A").With("surname", "Smith").With("contact1", "01392").With("contact1Type", 1).With("notes", "100% sure"),
            Sample.Contact(clientRef, "B").With("surname", "smiley").With("contact1", "").With("contact1Type", 6).With("notes", "1000 sure").With("contact2Type", 10),
            Sample.Contact(clientRef, "C").With("surname", "O'Neill").With("contact1Type", 10).With("contact2", "x_y\\z").With("contact2Type", 1),
            Sample.Contact(clientRef, "a").With("surname", "😀 ünï").With("contact1Type", 1).With("contact2", "xay"),
        ];
        foreach (var contact in contacts)
        {
            (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);
        }

        return clientRef;
    });

    [TestCase("surname eq 'SMITH'", "A")]
    [TestCase("surname ne 'smith'", "B,C,a")]
    [TestCase("surname gt 'smiley'", "A,a")]
    [TestCase("surname ge 'SMILEY'", "A,B,a")]
    [TestCase("surname lt 'smith'", "B,C")]
    [TestCase("surname le 'smith'", "A,B,C")]
    [TestCase("surname contains 'MI'", "A,B")]
    [TestCase("surname begins 'smI'", "A,B")]
    [TestCase("surname begins '😀'", "a")]
    [TestCase("surname in ('SMITH','o''neill','nobody')", "A,C")]
    [TestCase("surname eq 'O''NEILL'", "C")]
    [TestCase("contains(surname,'MI')", "A,B")]
    [TestCase("BEGINS ( surname , 'SM' )", "A,B")]
    [TestCase("surname Eq 'smith' AND NOT surname NE 'smith'", "A")]
    [TestCase("startswith(surname,'SM')", "A,B")]
    [TestCase("endswith(surname,'IL') or surname ends 'H'", "A")]
    [TestCase("surname endswith 'NEILL'", "C")]
    [TestCase("contactRef ends 'a'", "a")]
    [TestCase("surname ends 'ünï'", "a")]
    [TestCase("SURNAME equals 'smith' and Contact1Type oneOf (1, 2)", "A")]
    [TestCase("contact2Type isNull", "A,a")]
    [TestCase("contact2Type isNotNull and not (contact2Type isNull)", "B,C")]
    [TestCase("createdAt gt 2020-01-01 and createdAt lt 9999-12-31T23:59:59.9999999Z", "A,B,C,a")]
    [TestCase("createdAt le 2020-01-01T00:00:00+02:00", "")]
    [TestCase("contact1Type eq 1", "A,a")]
    [TestCase("contact1Type eq '1'", "A,a")]
    [TestCase("contact1Type ne 1", "B,C")]
    [TestCase("contact1Type gt -1", "A,B,C,a")]
    [TestCase("contact1Type ge 6", "B,C")]
    [TestCase("contact1Type in (6, '10')", "B,C")]
    [TestCase("contact1Type lt 99999999999", "A,B,C,a")]
    [TestCase("version eq 1", "A,B,C,a")]
    [TestCase("contact2Type eq null", "A,a")]
    [TestCase("contact2Type ne null", "B,C")]
    [TestCase("contact2Type ne 1", "A,B,a")]
    [TestCase("not contact2Type eq 1", "A,B,a")]
    [TestCase("not (contact2Type gt 1)", "A,C,a")]
    [TestCase("not not contact2Type gt 1", "B")]
    [TestCase("contact1 eq ''", "B,C,a")]
    [TestCase("contact1 begins ''", "A,B,C,a")]
    [TestCase("contact1 in ('','01392')", "A,B,C,a")]
    [TestCase("contact1 in ('01392')", "A")]
    [TestCase("contact1 begins '013'", "A")]
    [TestCase("contact2 begins 'x_y'", "C")]
    [TestCase("contact2 contains '\\'", "C")]
    [TestCase("notes begins '100%'", "A")]
    [TestCase("notes contains '%'", "A")]
    [TestCase("contactRef eq 'a'", "a")]
    [TestCase("contactRef begins 'A'", "A")]
    [TestCase("contactRef contains 'a'", "a")]
    [TestCase("contactRef in ('A','C')", "A,C")]
    [TestCase("contactRef gt 'B'", "C,a")]
    [TestCase("createdAt gt '2020-01-01' and createdAt lt '9999-12-31T23:59:59.9999999Z'", "A,B,C,a")]
    [TestCase("createdAt le '2020-01-01T00:00:00+02:00'", "")]
    [TestCase("updatedAt in ('2020-01-01T10:30Z')", "")]
    [TestCase("contactRef eq 'A' or contactRef eq 'B' and surname eq 'nobody'", "A")]
    [TestCase("(contactRef eq 'A' or contactRef eq 'B') and surname eq 'nobody'", "")]
    [TestCase("not contactRef eq 'A' and not contactRef eq 'B'", "C,a")]
    [TestCase("not (contactRef eq 'A' or contactRef eq 'B')", "C,a")]
    [TestCase("\t( ((contactRef eq 'A')))\r\n", "A")]
    [TestCase("surname eq 'x'' or 1=1 --'", "")]
    public async Task A_filter_finds(string filter, string expected)
    {
        var answer = (await FilterAsync(filter)).ShouldBe(HttpStatusCode.OK).Json;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(string.Join(',', answer["items"]!.AsArray().Select(item => item!["contactRef"])), Is.EqualTo(expected));
            Assert.That(answer["total"]!.GetValue<int>(), Is.EqualTo(answer["items"]!.AsArray().Count));
        }
    }

    [TestCase("", 1, "expected a field, found the end")]
    [TestCase("  ", 3, "found the end")]
    [TestCase("surname", 8, "expected one of eq")]
    [TestCase("surname eq", 11, "expected a value, found the end")]
    [TestCase("surname = 'x'", 9, "= is not expected here")]
    [TestCase("surname begns 'x'", 9, "found begns")]
    [TestCase("indexof(surname,'x') eq 1", 1, "unknown function indexof; there are contains, begins and ends")]
    [TestCase("tolower(surname) eq 'x'", 1, "unknown function tolower")]
    [TestCase("surname isNull 'x'", 16, "expected and, or, or the end")]
    [TestCase("endswith(version,'1')", 1, "endswith needs a text field")]
    [TestCase("createdAt gt 2026-13-01", 14, "a time such as")]
    [TestCase("party_id eq 1", 1, "unknown field party_id")]
    [TestCase("version eq 1 and nosuch eq 1", 18, "nosuch")]
    [TestCase("locations eq 'x'", 1, "locations cannot be filtered by")]
    [TestCase("surname eq x", 12, "a text in single quotes, not with x")]
    [TestCase("surname eq 5", 12, "a text in single quotes, not with 5")]
    [TestCase("surname eq true", 12, "not with true")]
    [TestCase("surname eq 'x", 12, "is not closed")]
    [TestCase("surname eq '😀' eq", 16, "expected and, or, or the end")]
    [TestCase("surname eq 'x' surname eq 'y'", 16, "expected and")]
    [TestCase("contact1Type eq 'x'", 17, "a whole number, not with a text")]
    [TestCase("contact1Type eq 1.0", 17, "not with 1.0")]
    [TestCase("contact1Type eq 1e0", 17, "not with 1e0")]
    [TestCase("contact1Type eq 99999999999999999999", 17, "a whole number")]
    [TestCase("contact1Type eq -", 17, "not with -")]
    [TestCase("contact1Type contains '1'", 14, "contains needs a text field")]
    [TestCase("begins(version,'1')", 1, "begins needs a text field")]
    [TestCase("contains(surname 'x')", 18, "expected ,")]
    [TestCase("contains(surname,'x'", 21, "expected )")]
    [TestCase("createdAt gt 'yesterday'", 14, "a time such as")]
    [TestCase("createdAt gt 5", 14, "a time such as")]
    [TestCase("createdAt gt '2026-02-30'", 14, "a time such as")]
    [TestCase("createdAt gt '0001-01-01T00:00:00+14:00'", 14, "a time such as")]
    [TestCase("surname gt null", 12, "null can only be compared with eq and ne")]
    [TestCase("surname contains null", 18, "null can only be")]
    [TestCase("surname in ('a',null)", 17, "null can only be")]
    [TestCase("surname in ()", 13, "expected a value")]
    [TestCase("surname in 'a'", 12, "expected (")]
    [TestCase("surname in ('a' 'b')", 17, "expected , or )")]
    [TestCase("(surname eq 'x'", 16, "expected and, or, or )")]
    [TestCase("surname eq 'x')", 15, "found )")]
    [TestCase("and surname eq 'x'", 1, "unknown field and")]
    [TestCase("not", 4, "expected a field")]
    [TestCase("surname eq 'x' or", 18, "expected a field")]
    [TestCase("surname eq 'x'; drop table contact", 15, "; is not expected here")]
    [TestCase("surname eq \"x\"", 12, "is not expected here")]
    [TestCase("surname eq 'a\0b'", 14, "a NUL or a lone surrogate")]
    public async Task A_filter_that_cannot_be_read_is_refused_with_the_place(string filter, int character, string message)
    {
        var answer = (await FilterAsync(filter)).ShouldFail(400, "invalid_filter");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Problems, Is.EqualTo(new[] { "$filter invalid_filter" }));
            Assert.That(answer.Text("result_msg"), Does.Contain(message).And.EndsWith($" at character {character}"));
        }
    }

    [Test]
    public async Task Limits_are_kept_to_the_character()
    {
        using (Assert.EnterMultipleScope())
        {
            await ShouldEndAtAsync(count => $"{Repeat("(", count)}version eq 1{Repeat(")", count)}", most: 50, character: 51, "nested");
            await ShouldEndAtAsync(count => $"{Repeat("not ", count)}version eq 1", most: 50, character: 201, "nested");
            await ShouldEndAtAsync(count => $"{Repeat("version gt 1 or ", count - 1)}version gt 1", most: 200, character: 3201, "200 comparisons");
            await ShouldEndAtAsync(count => $"{Repeat("contains(notes,'x') or ", count - 1)}notes contains 'x'", most: 10, character: 231, "contains and ends count as 20");
            await ShouldEndAtAsync(count => $"version in ({Repeat("1,", count - 1)}1)", most: 1000, character: 2013, "1000 values");
            await ShouldEndAtAsync(count => $"notes eq '{Repeat("e", count - 11)}'", most: 4000, character: 4001, "4000 characters");
        }

        (await FilterAsync(Repeat("(", 4000))).ShouldFail(400, "invalid_filter");
        (await FilterAsync(Repeat("not ", 1000))).ShouldFail(400, "invalid_filter");

        static string Repeat(string text, int count) => new StringBuilder().Insert(0, text, count).ToString();

        static async Task ShouldEndAtAsync(Func<int, string> filter, int most, int character, string message)
        {
            (await FilterAsync(filter(most))).ShouldBe(HttpStatusCode.OK);
            Assert.That((await FilterAsync(filter(most + 1))).ShouldFail(400, "invalid_filter").Text("result_msg"), Does.Contain(message).And.EndsWith($"at character {character}"));
        }
    }

    [TestCase("/api/v1/contacts?$filter=surname%20eq%20'%ED%A0%80'")]
    [TestCase("/api/v1/contacts?$filter=surname%20eq%20'%ff'")]
    [TestCase("/api/v1/contacts?$filter=%00")]
    [TestCase("/api/v1/contacts?$filter=%")]
    [TestCase("/api/v1/contacts?search=%ED%A0%80%00")]
    [TestCase("/api/v1/contacts?$select=%00")]
    [TestCase("/api/v1/contacts?orderBy=%ff%00")]
    public async Task Bytes_that_are_no_text_are_never_a_fault_of_the_service(string path)
    {
        var owner = await Database.OwnerAsync();

        var answer = await new RawRequest($"GET {path}").Header("Authorization", $"Bearer {owner.AccessToken}").SendAsync();

        Assert.That((int)answer.Status, Is.AnyOf(200, 400), answer.Body);
    }

    private static async Task<ApiAnswer> FilterAsync(string filter) =>
        await (await Database.OwnerAsync()).GetAsync($"/api/v1/clients/{await ClientRef.Value}/contacts?$filter={Escape(filter)}");

    // As little as an address allows: 4,000 characters in full escapes are longer than an address may be.
    private static string Escape(string filter) => string.Concat(filter.EnumerateRunes().Select(rune =>
        rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || "()',-".Contains((char)rune.Value, StringComparison.Ordinal)) ? rune.ToString()
        : rune.Value == ' ' ? "+"
        : Uri.EscapeDataString(rune.ToString())));
}
