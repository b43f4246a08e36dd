using System.Globalization;
using CrmImport.Infrastructure.Records.Lists;
using Microsoft.Extensions.Primitives;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary>Reads a list to its end, in the pages that the API has.</summary>
internal static class CommandList
{
    private const int PageSize = 1000;

    public static async Task<IReadOnlyList<T>> ReadAsync<T>(ListShape shape, Func<ListRequest, Task<IReadOnlyList<T>>> read)
    {
        var all = new List<T>();
        while (true)
        {
            var page = await read(ListRequest.Read(new QueryCollection(new Dictionary<string, StringValues>
            {
                ["size"] = PageSize.ToString(CultureInfo.InvariantCulture),
                ["position"] = all.Count.ToString(CultureInfo.InvariantCulture),
            }), shape).Value);
            all.AddRange(page);
            if (page.Count < PageSize)
            {
                return all;
            }
        }
    }
}
