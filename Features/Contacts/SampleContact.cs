namespace CrmImport.Features.Contacts;

internal static class SampleContact
{
    /// <summary>The sample contact of the Oneserve document, as it stands there but for white space.</summary>
    public const string Json =
        """
        {"clientRef":"29","contactRef":"ZARADILLO1","salutation":"Mr","forename":"John","surname":"Test","contact1":"","contact1Type":"1","contact2":"07123456789","contact2Type":"10","contact3":"test@test.test","contact3Type":"6","contact4":"","contact4Type":"1","preferredContact":"1","address1":"Address line 1","address2":"Address line 2","address3":"Address line 3","address4":"Address line 4","notes":"These are notes","considerations":"These are considerations","postCode":"EX49HL","locations":[{"locationRef":"10174","isPreferred":"True","startDate":"09/07/2019","endDate":"18/12/2019","usageTypeId":"1"}]}
        """;
}
