using System.Text.Json.Nodes;

namespace CrmImport.Drills;

/// <summary>Generates the writes of one writer: upserts, replacements and patches, of its own contacts and of contacts that all writers share.</summary>
internal sealed class WriteGenerator(int writer, Random random, Func<int> nextSerial)
{
    private const int MaxLocations = 5;

    private readonly HashSet<(string ClientRef, string ContactRef)> known = []; // those that certainly exist, so that they can be patched
    private int own;

    public SentWrite Next()
    {
        var (clientRef, contactRef) = Choose();
        var isKnown = known.Contains((clientRef, contactRef));
        return random.Next(100) switch
        {
            < 15 when isKnown => MergePatch(clientRef, contactRef),
            < 25 when isKnown => JsonPatch(clientRef, contactRef),
            < 45 => Replacement(clientRef, contactRef),
            _ => Upsert(clientRef, contactRef),
        };
    }

    public void AddKnown(SentWrite write) => known.Add((write.ClientRef, write.ContactRef));

    private (string ClientRef, string ContactRef) Choose() => random.Next(100) switch
    {
        < 50 => (SeedData.ClientRefs[random.Next(SeedData.ClientRefs.Length)], $"shared-{random.Next(SeedData.SharedContacts)}"),
        < 60 => (OwnClient, $"own-{writer}-{++own}"),
        _ => (OwnClient, $"own-{writer}-{random.Next(own + 1)}"),
    };

    private string OwnClient => SeedData.ClientRefs[writer % SeedData.ClientRefs.Length];

    private SentWrite Upsert(string clientRef, string contactRef)
    {
        var (serial, locations) = (nextSerial(), Locations());
        return new(serial, HttpMethod.Post, "/rest/contact/contact", Contact(serial, clientRef, contactRef, locations).ToJsonString(), clientRef, contactRef, locations);
    }

    private SentWrite Replacement(string clientRef, string contactRef)
    {
        var (serial, locations) = (nextSerial(), Locations());
        return new(serial, HttpMethod.Put, ContactPath(clientRef, contactRef), Contact(serial, clientRef, contactRef, locations).ToJsonString(), clientRef, contactRef, locations) { ReplacesLocations = true };
    }

    private SentWrite MergePatch(string clientRef, string contactRef)
    {
        var (serial, locations) = (nextSerial(), Locations());
        var patch = Stamped(serial);
        if (locations.Length > 0)
        {
            patch["locations"] = Array(serial, locations);
        }

        return new(serial, HttpMethod.Patch, ContactPath(clientRef, contactRef), patch.ToJsonString(), clientRef, contactRef, locations) { ReplacesLocations = locations.Length > 0 };
    }

    private SentWrite JsonPatch(string clientRef, string contactRef)
    {
        var serial = nextSerial();
        var operations = new JsonArray([.. Stamped(serial).Select(field => new JsonObject { ["op"] = "add", ["path"] = $"/{field.Key}", ["value"] = field.Value!.DeepClone() })]);
        return new(serial, HttpMethod.Patch, ContactPath(clientRef, contactRef), operations.ToJsonString(), clientRef, contactRef, []);
    }

    private static string ContactPath(string clientRef, string contactRef) => $"/api/v1/clients/{clientRef}/contacts/{contactRef}";

    private static JsonObject Stamped(int serial) => new(StoredContact.StampedFields.Select(field => KeyValuePair.Create(field, (JsonNode?)SentWrite.TokenOf(serial))));

    private static JsonObject Contact(int serial, string clientRef, string contactRef, SentLocation[] locations)
    {
        var contact = Stamped(serial);
        contact["clientRef"] = clientRef;
        contact["contactRef"] = contactRef;
        contact["salutation"] = "Mr";
        contact["forename"] = "John";
        contact["contact1"] = "";
        contact["contact1Type"] = 1;
        contact["preferredContact"] = 1;
        contact["address2"] = "Address line 2";
        contact["postCode"] = "EX49HL";
        if (locations.Length > 0)
        {
            contact["locations"] = Array(serial, locations);
        }

        return contact;
    }

    private static JsonArray Array(int serial, SentLocation[] locations) => new([.. locations.Select(location => ToJson(serial, location))]);

    private static JsonObject ToJson(int serial, SentLocation location)
    {
        var day = $"{SentWrite.DayOf(serial):yyyy-MM-dd}";
        var json = new JsonObject { ["locationRef"] = location.LocationRef, ["isPreferred"] = location.IsPreferred, ["startDate"] = day, ["endDate"] = day };
        if (location.UsageTypeId is { } usageType)
        {
            json["usageTypeId"] = usageType;
        }

        return json;
    }

    // Most have no usage type and few are preferred: either would lock the location for all writers.
    private SentLocation[] Locations()
    {
        var refs = SeedData.LocationRefs.ToArray();
        random.Shuffle(refs);
        return [.. refs.Take(random.Next(MaxLocations + 1)).Select(locationRef => new SentLocation(locationRef, random.Next(3) == 0, random.Next(5) == 0 ? 1 + random.Next(SeedData.UsageTypes) : null))];
    }
}
