using CrmImport.Infrastructure.Lists;

namespace CrmImport.Features.Catalogue;

/// <summary>What locations can be filtered by, ordered by and narrowed to.</summary>
internal static class LocationList
{
    public static readonly ListShape Shape = new(
        [
            new ListField("clientRef", ListKind.Ref),
            new ListField("locationRef", ListKind.Ref),
            new ListField("name", ListKind.Text),
            new ListField("address1", ListKind.Text),
            new ListField("address2", ListKind.Text),
            new ListField("address3", ListKind.Text),
            new ListField("address4", ListKind.Text),
            new ListField("postCode", ListKind.Text),
            new ListField("usageTypeId", ListKind.Integer),
            new ListField("preferredContactRef", ListKind.Ref),
            .. ListShape.History,
        ],
        keys: ["clientRef", "locationRef"],
        searched: ["name", "postCode"]);
}
