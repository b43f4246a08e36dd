using CrmImport.Features.Imports.Reading;

namespace CrmImport.Tests.Features.Imports.Returning;

public sealed class RejectColumnsTests
{
    [TestCase("=1", "'=1")]
    [TestCase("+44 1392", "'+44 1392")]
    [TestCase("-", "'-")]
    [TestCase("@a", "'@a")]
    [TestCase("\t=1", "'\t=1")]
    [TestCase("'=1", "''=1")]
    [TestCase("''+1", "'''+1")]
    [TestCase("'a", "'a")]
    [TestCase("a=1", "a=1")]
    [TestCase("", "")]
    public void What_a_spreadsheet_would_run_gets_an_apostrophe_that_is_taken_off_again(string text, string defused)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RejectColumns.Defuse(text), Is.EqualTo(defused));
            Assert.That(RejectColumns.Arm(defused), Is.EqualTo(text));
        }
    }
}
