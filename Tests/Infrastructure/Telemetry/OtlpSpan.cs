using System.Text;

namespace CrmImport.Tests.Infrastructure.Telemetry;

/// <summary>A span as it goes over the wire (source: opentelemetry-proto, trace/v1/trace.proto): ids in hexadecimal, the names of its attributes, the ids of linked spans.</summary>
internal sealed record OtlpSpan(string TraceId, string SpanId, string ParentId, string Name, string Raw, IReadOnlyList<string> Attributes, IReadOnlyList<string> Links)
{
    private const int ResourceSpans = 1;
    private const int ScopeSpans = 2;
    private const int Spans = 2;

    public static IEnumerable<OtlpSpan> ReadAll(byte[] request) =>
        from resource in Fields(request, ResourceSpans)
        from scope in Fields(resource, ScopeSpans)
        from span in Fields(scope, Spans)
        select new OtlpSpan(
            Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5), Encoding.UTF8.GetString(span), [.. Fields(span, 9).Select(attribute => Text(attribute, 1))], [.. Fields(span, 13).Select(link => Hex(link, 2))]);

    private static string Text(byte[] message, int number) => Encoding.UTF8.GetString(Fields(message, number).Single());

    private static string Hex(byte[] message, int number) => Convert.ToHexStringLower(Fields(message, number).SingleOrDefault() ?? []);

    // Every field of that number that is a message, a text or bytes; others are stepped over by their wire type.
    private static List<byte[]> Fields(byte[] message, int number)
    {
        var found = new List<byte[]>();
        for (var at = 0; at < message.Length;)
        {
            var tag = (int)Varint(message, ref at);
            switch (tag & 7)
            {
                case 0:
                    Varint(message, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    if (tag >> 3 == number)
                    {
                        found.Add(message[at..(at + length)]);
                    }

                    at += length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7}");
            }
        }

        return found;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
