using CrmImport.Infrastructure.Records.Lists;

namespace CrmImport.Features.Locations;

/// <summary>What locations can be filtered by, ordered by and narrowed to.</summary>
internal static class LocationList
{
    public static readonly ListShape Shape = ListShape.Of(LocationFields.Location, ["name", "postCode"]).WithArchive("live and client_live").WithChanges();
}
