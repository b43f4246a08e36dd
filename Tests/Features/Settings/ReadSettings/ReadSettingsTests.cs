using System.Net;

namespace CrmImport.Tests.Features.Settings.ReadSettings;

/// <summary>GET /api/v1/admin/settings.</summary>
public sealed class ReadSettingsTests
{
    private const string Settings = "/api/v1/admin/settings";

    [Test]
    public async Task The_settings_are_read_as_they_are_stored_in_the_callers_own_database()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        await database.ExecuteAsync(
            """
            update database_setting
            set require_version = true, strict_fields = true, allow_delete = true, sessions_per_operator = 3, default_client_ref = '29', version = 7, created_at = '2024-01-02T03:04:05Z', created_by = 'A', updated_at = '2024-02-03T04:05:06Z', updated_by = 'B'
            """);

        var answer = (await (await database.OwnerAsync()).GetAsync(Settings)).ShouldBe(HttpStatusCode.OK);

        Assert.That(answer.Header("ETag"), Is.EqualTo("\"7\""));
        Assert.That(answer.Data.ToJsonString(), Is.EqualTo(
            """
            {"requireVersion":true,"apiEnabled":true,"strictFields":true,"allowDelete":true,"sessionsPerOperator":3,"defaultClientRef":"29","version":7,"createdAt":"2024-01-02T03:04:05Z","createdBy":"A","updatedAt":"2024-02-03T04:05:06Z","updatedBy":"B"}
            """));
        var other = await ServiceUnderTest.A.OwnerAsync();
        Assert.That((await other.GetAsync(Settings)).ShouldBe(HttpStatusCode.OK).Data["requireVersion"]!.GetValue<bool>(), Is.False);
        (await other.GetAsync(Settings, ("x-database", database.Name))).ShouldFail(401, "not_authenticated");
    }

    [Test]
    public async Task The_version_at_hand_is_not_sent_again()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var version = (await owner.GetAsync(Settings)).ShouldBe(HttpStatusCode.OK).Header("ETag");

        Assert.That((await owner.GetAsync(Settings, ("If-None-Match", version))).ShouldBe(HttpStatusCode.NotModified).Body, Is.Empty);
        (await owner.GetAsync(Settings, ("If-None-Match", "\"0\""))).ShouldBe(HttpStatusCode.OK);
        (await owner.GetAsync(Settings, ("If-None-Match", "nonsense"))).ShouldFail(400, "invalid_parameter");
    }

    [Test]
    public async Task Only_administrators_see_them()
    {
        var session = await TestSession.OpenAsync(ServiceUnderTest.A, level: 9, "integration:manage", "audit:read");

        (await session.Client.GetAsync(Settings)).ShouldFail(403, "forbidden");
    }
}
