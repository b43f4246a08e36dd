using CrmImport.Infrastructure.Tenancy;
using Npgsql;

namespace CrmImport.Tests.Infrastructure.Database;

/// <summary>The driver as this service sets it up, on a pool of one connection.</summary>
public sealed class ConnectionTests
{
    // The driver once left a connection out of step whose statement failed just when it was being prepared, which is at one certain use of it.
    [TestCase("select @text::text")]
    [TestCase("select @text::text; select 2")]
    public async Task A_statement_that_fails_leaves_the_connection_fit_for_the_next_caller(string sql)
    {
        var connectionString = DatabaseSettings.WithDefaults(await ServiceUnderTest.CreateDatabaseAsync($"cv_c_{Guid.NewGuid():N}"[..20]));

        for (var failing = 1; failing <= 10; failing++)
        {
            await using var pool = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 1 });
            for (var use = 1; use <= 12; use++)
            {
                if (use == failing)
                {
                    Assert.That(async () => await ReadAsync(pool, sql, "\0"), Throws.InstanceOf<PostgresException>());
                }
                else
                {
                    Assert.That(await ReadAsync(pool, sql, "text"), Is.EqualTo("text"), $"use {use} after use {failing} failed");
                }
            }
        }
    }

    private static async Task<object?> ReadAsync(NpgsqlDataSource pool, string sql, string text)
    {
        await using var command = pool.CreateCommand(sql);
        command.Parameters.AddWithValue("text", text);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        var value = reader.GetValue(0);
        while (await reader.NextResultAsync())
        {
        }

        return value;
    }
}
