using System.Globalization;
using System.Net;
using Dapper;
using Npgsql;

namespace CrmImport.Tests.Running;

/// <summary>The service is killed when a write is committed and its answer not yet sent: the caller cannot know, and asks again under the same idempotency key.</summary>
public sealed class RetryAfterCrashTests
{
    /// <summary>Each round starts the service anew; CRM_CRASH_ROUNDS asks for more.</summary>
    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("CRM_CRASH_ROUNDS") ?? "3", CultureInfo.InvariantCulture);

    [Test]
    public async Task A_retry_finds_the_first_answer_and_one_row()
    {
        var name = $"cv_crash_{Guid.NewGuid():N}"[..20];
        var connectionString = await ServiceUnderTest.CreateDatabaseAsync(name);
        var settings = new Dictionary<string, string> { [$"Databases__{name}"] = connectionString };
        await using (var first = ServiceProcess.Start(settings))
        {
            await first.ListeningAsync(); // the schema is there
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.ExecuteAsync(
                """
                insert into account (op_id, op_name, op_level, op_function, kind, password_hash, created_at)
                values ('OWN', 'Owner', 10, 1, 'operator', @Hash, now());
                insert into client (client_ref, created_at, created_by, updated_at, updated_by) values ('29', now(), 'OWN', now(), 'OWN')
                """,
                new { Hash = await TestDatabase.HashedPasswordAsync() });
        }

        var service = ServiceProcess.Start(settings);
        try
        {
            var client = await ApiClient.LogInAsync(name, "OWN", await service.ListeningAsync());
            for (var round = 1; round <= Rounds; round++)
            {
                var key = ("Idempotency-Key", $"key {round}");
                var contact = Sample.Contact("29", $"C{round}");
                await KillBetweenCommitAndAnswerAsync(service, connectionString, $"C{round}", () => client.PostAsync("/api/v1/contacts", contact, key));
                await service.DisposeAsync();

                service = ServiceProcess.Start(settings);
                client = new ApiClient(client.AccessToken, await service.ListeningAsync());
                var answer = (await client.PostAsync("/api/v1/contacts", contact, key)).ShouldBe(HttpStatusCode.Created);

                var read = await client.ReadAsync("29", $"C{round}");
                using (Assert.EnterMultipleScope())
                {
                    Assert.That(answer.Header("Idempotent-Replayed"), Is.EqualTo("true"));
                    Assert.That(answer.Body, Is.EqualTo(read.Body));
                    Assert.That(read.Data["version"]!.GetValue<int>(), Is.EqualTo(1));
                    Assert.That(await client.AuditAsync("29", $"C{round}"), Has.Count.EqualTo(1));
                }
            }
        }
        finally
        {
            await service.DisposeAsync();
        }
    }

    // A lock on the client holds the write up inside the database. Released when the service is stopped in its tracks, the write commits and nobody hears of it.
    private static async Task KillBetweenCommitAndAnswerAsync(ServiceProcess service, string connectionString, string contactRef, Func<Task<ApiAnswer>> send)
    {
        await using var observer = new NpgsqlConnection(connectionString);
        await using var holder = new NpgsqlConnection(connectionString);
        await holder.OpenAsync();
        var held = await holder.BeginTransactionAsync();
        await holder.ExecuteAsync("select from client for update");
        var sent = send();
        await UntilAsync("select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')");
        ServiceProcess.Signal("STOP", service.Id);
        await held.RollbackAsync();
        await UntilAsync("select exists (select from contact where contact_ref = @ContactRef)");
        ServiceProcess.Signal("KILL", service.Id);
        Assert.That(async () => await sent, Throws.InstanceOf<HttpRequestException>());

        async Task UntilAsync(string sql)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            while (!await observer.QuerySingleAsync<bool>(sql, new { ContactRef = contactRef }))
            {
                await timer.WaitForNextTickAsync();
            }
        }
    }
}
