using System.Diagnostics;

namespace CrmImport.Drills;

/// <summary>Fills the disk until writes are refused, and keeps it full for a while.</summary>
internal static class DiskFault
{
    private const int Refusals = 16;

    public static async Task<long> FillAsync(TestBed testBed)
    {
        var filler = Path.Combine(testBed.Server.Directory, "filler");
        var full = Stopwatch.GetTimestamp();
        await using (var file = new FileStream(filler, FileMode.Create))
        {
            // Repeatedly: PostgreSQL frees space by recycling its WAL.
            if (!await Wait.UntilAsync(() => { Fill(file); return testBed.History.RefusedSince(full).Length >= Refusals; }, TestBed.Timeout))
            {
                testBed.History.AddUnexpected("the disk was full, and writes were not refused");
            }
        }

        await Wait.ForAsync(testBed.RandomTime(100, 1000));
        File.Delete(filler);
        var moment = Stopwatch.GetTimestamp();
        if (!testBed.Server.IsRunning)
        {
            await testBed.Server.StartAsync(); // PostgreSQL itself stopped
        }

        return moment;
    }

    private static void Fill(FileStream file)
    {
        var block = new byte[64 * 1024];
        for (var size = block.Length; size >= 4096;)
        {
            try
            {
                RandomAccess.Write(file.SafeFileHandle, block.AsSpan(0, size), RandomAccess.GetLength(file.SafeFileHandle));
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }
}
