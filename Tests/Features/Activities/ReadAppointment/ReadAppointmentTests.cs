namespace CrmImport.Tests.Features.Activities.ReadAppointment;

/// <summary>GET /api/v1/Appointment/{id}.</summary>
public sealed class ReadAppointmentTests
{
    [TestCase("999999999", 404, "appointment_not_found")]
    [TestCase("-1", 404, "appointment_not_found")]
    [TestCase("x", 404, "appointment_not_found")]
    [TestCase("99999999999999999999", 404, "appointment_not_found")]
    [TestCase("1?$select=Nothing", 400, "invalid_parameter")]
    [TestCase("1?$select=Contact.ContactId", 400, "invalid_parameter")]
    [TestCase("1?fields=Contact", 400, "invalid_parameter")]
    public async Task What_is_not_there_is_not_found_and_a_wrong_selection_refused(string id, int status, string code) =>
        (await (await ServiceUnderTest.A.OwnerAsync()).GetAsync($"{SampleAppointment.Path}/{id}")).ShouldFail(status, code);
}
