using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Features.Audit.ListAudit;

/// <summary>
/// Where a page of the audit ended: the id of its last entry, with a fingerprint of database and filters, so that a cursor goes on with the list it came from
/// and with no other. It opens nothing that the filters would not.
/// </summary>
internal static class AuditCursor
{
    public const string Parameter = "cursor";

    private const int IdBytes = sizeof(long);
    private const int Length = IdBytes + 8;

    public static string Write(long id, string database, IQueryCollection query)
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, id);
        Fingerprint(bytes.AsSpan(0, IdBytes), database, query).CopyTo(bytes, IdBytes);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The id after which the list goes on; null where the request has no cursor.</summary>
    public static long? Read(string database, IQueryCollection query, List<Problem> problems)
    {
        if (!query.ContainsKey(Parameter))
        {
            return null;
        }

        if (query.ContainsKey("position") || query.ContainsKey("$skip"))
        {
            problems.Add(Problem.Severe(ApiErrors.InvalidParameter, Parameter, "Send either cursor or position, not both"));
            return null;
        }

        Span<byte> bytes = stackalloc byte[Length];
        var text = query[Parameter].ToString(); // two cursors make a text that is none
        if (Base64Url.IsValid(text, out var length) && length == Length && Base64Url.TryDecodeFromChars(text, bytes, out _)
            && bytes[IdBytes..].SequenceEqual(Fingerprint(bytes[..IdBytes], database, query)))
        {
            return BinaryPrimitives.ReadInt64BigEndian(bytes);
        }

        problems.Add(Problem.Severe(ApiErrors.InvalidParameter, Parameter, "cursor does not belong to this query"));
        return null;
    }

    private static byte[] Fingerprint(ReadOnlySpan<byte> id, string database, IQueryCollection query)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(id);
        hash.AppendData(Encoding.UTF8.GetBytes(database));
        foreach (var name in AuditFilter.Parameters.Select(parameter => parameter.Name).Append("kind"))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"\n{name}={query[name]}"));
        }

        return hash.GetHashAndReset()[..(Length - IdBytes)];
    }
}
