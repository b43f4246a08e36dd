using CrmImport.Features.Contacts;
using CrmImport.Features.Imports.Reading;

namespace CrmImport.Tests.Features.Imports.Reading;

public sealed class ColumnTargetTests
{
    [TestCase("surname", "surname")]
    [TestCase(" SURNAME ", "surname")]
    [TestCase("contact_1_type", "contact1Type")]
    [TestCase("Post-Code", "postCode")]
    [TestCase("location Ref", "locations[0].locationRef")]
    [TestCase("usageTypeId", "locations[0].usageTypeId")]
    [TestCase("locations[2].End Date", "locations[2].endDate")]
    [TestCase("locations.3.isPreferred", "locations[3].isPreferred")]
    [TestCase("Version", "version")]
    [TestCase("locations[1000].locationRef", null)]
    [TestCase("locations[0].surname", null)]
    [TestCase("sirname", null)]
    [TestCase("", null)]
    public void A_column_is_known_by_its_name_whatever_its_case_blanks_and_underscores(string name, string? path) =>
        Assert.That(ColumnTarget.Of(name, ContactFields.Contact)?.Path, Is.EqualTo(path));
}
