using System.Text;

namespace CrmImport.Fuzz;

/// <summary>An answer as it came: the status, the headers in their order, and the body without its chunks and its compression.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public bool Closes => Status == 101 || Is("Connection", "close");

    public string? Header(string name) => Headers.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    public bool Is(string name, string value) => string.Equals(Header(name), value, StringComparison.OrdinalIgnoreCase);
}
