using System.Globalization;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Auth;

/// <summary>The answer to login and refresh, in Collect!'s shape (source: Collect! REST API): <c>op_rowid</c> is text, the levels are numbers.</summary>
internal sealed record SessionBody(
    [property: JsonPropertyName("status")] int Status,
    [property: JsonPropertyName("result")] SessionTokens Tokens)
{
    /// <summary>An answer, for the OpenAPI document.</summary>
    public const string Example =
        """{"status":200,"result":{"nx_operator":{"op_rowid":"1","op_id":"OWN","op_name":"Owner","op_level":99,"op_function":1},"access_token":"eyJhbGciOi…","refresh_token":"cv_demodb.…"}}""";

    public static IResult Result(IssuedSession session)
    {
        var account = session.Operator;
        var body = new SessionBody(StatusCodes.Status200OK, new SessionTokens(
            new SessionOperator(account.AccountId.ToString(CultureInfo.InvariantCulture), account.OpId, account.OpName, account.OpLevel, account.OpFunction),
            session.AccessToken,
            session.RefreshToken));
        return ReadableJson.ToResult(body, SessionJson.Default.SessionBody);
    }
}

internal sealed record SessionTokens(
    [property: JsonPropertyName("nx_operator")] SessionOperator Operator,
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("refresh_token")] string RefreshToken);

internal sealed record SessionOperator(
    [property: JsonPropertyName("op_rowid")] string RowId,
    [property: JsonPropertyName("op_id")] string OpId,
    [property: JsonPropertyName("op_name")] string OpName,
    [property: JsonPropertyName("op_level")] int OpLevel,
    [property: JsonPropertyName("op_function")] int OpFunction);

[JsonSerializable(typeof(SessionBody))]
internal sealed partial class SessionJson : JsonSerializerContext;
