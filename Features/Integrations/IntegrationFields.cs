using System.ComponentModel;
using System.Net.Sockets;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;

namespace CrmImport.Features.Integrations;

/// <summary>The fields of an endpoint: what a service account calls through, and from where (source: Neoserra API endpoints).</summary>
internal static class IntegrationFields
{
    /// <summary>What a read selects from <see cref="Source"/>: the shape's fields, under their names on the wire, then the history.</summary>
    public const string Columns =
        """
        endpoint_id as id, name, account_op_id as account, allowed_addresses, active,
        version, created_at, created_by, updated_at, updated_by
        """;

    /// <summary>Endpoints, each with the op_id of its account.</summary>
    public const string Source = "endpoint join (select account_id, op_id as account_op_id from account) owner using (account_id)";

    private const int MaxAddresses = 1000;
    private const int MaxAddress = 50;

    public static readonly Field Id = Fields.Key("id", "The endpoint's id, assigned by the service") with { ReadOnly = true, Column = "endpoint_id" };

    /// <summary>Another column than <c>account</c>: a statement's <c>@Account</c> is who writes.</summary>
    public static readonly Field Account = Fields.Text("account", 50, "The op_id of the service account that calls through it", mandatory: true) with { Column = "account_op_id" };

    public static readonly Field Addresses = new("allowedAddresses", FieldKind.TextList)
    {
        Item = Normalised,
        ItemRule = "neither an address nor a range such as 10.0.0.0/8",
        MaxItems = MaxAddresses,
        MaxLength = MaxAddress,
        Default = TextList.Empty,
        Description = "The addresses and ranges (10.0.0.0/8, 2001:db8::/32) from which calls are allowed; empty: any address",
    };

    public static readonly RecordShape Integration = new(
        [
            Id,
            Fields.Text("name", 200, "The endpoint's name, unique (case-insensitive)", mandatory: true) with { NotBlank = true },
            Account,
            Addresses,
            new Field("active", FieldKind.Boolean) { Default = true, Description = "Whether its keys are accepted" },
        ])
    {
        Name = "Endpoint",
        Example = """{"id":"0197c1f0a3b7","name":"Web shop","account":"WEB","allowedAddresses":["10.0.0.0/8","2001:db8::1"]}""",
        AlsoReturned = RecordHistory.Names,
    };

    public static readonly ListShape List = ListShape.Of(Integration, ["name", "account"]);

    public static IEnumerable<Problem> WarningsOf(TextList addresses) => addresses.Items.Count > 0 ? []
        : [Problem.Warning(ApiErrors.AnyAddress, Addresses.Name, $"{Addresses.Name} is empty: calls from any address are allowed")];

    private static string? Normalised(string text) =>
        !AddressList.TryParse(text.Trim(), out var range) ? null
            : range.PrefixLength == (range.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128) ? range.BaseAddress.ToString()
            : range.ToString();
}

/// <summary>An integration as reads return it.</summary>
[DisplayName("Endpoint")]
internal sealed class Integration
{
    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    public string Account { get; init; } = "";

    public string[] AllowedAddresses { get; init; } = [];

    public bool Active { get; init; }

    public long Version { get; init; }

    public DateTime CreatedAt { get; init; }

    public string CreatedBy { get; init; } = "";

    public DateTime UpdatedAt { get; init; }

    public string UpdatedBy { get; init; } = "";
}
