using System.Diagnostics;

namespace CrmImport.Drills;

/// <summary>The disk fills up until writes are refused, and is full for a while.</summary>
internal static class DiskFault
{
    private const int Refusals = 16;

    public static async Task<long> FillAsync(Arena arena)
    {
        var ballast = Path.Combine(arena.Server.Directory, "ballast");
        var full = Stopwatch.GetTimestamp();
        await using (var file = new FileStream(ballast, FileMode.Create))
        {
            // Again and again: PostgreSQL frees some by recycling its log.
            if (!await Pause.UntilAsync(() => { Fill(file); return arena.Ledger.RefusedSince(full).Length >= Refusals; }, Arena.Patience))
            {
                arena.Ledger.AddWrong("the disk was full, and writes were not refused");
            }
        }

        await Pause.ForAsync(arena.RandomTime(100, 1000));
        File.Delete(ballast);
        var moment = Stopwatch.GetTimestamp();
        if (!arena.Server.IsRunning)
        {
            await arena.Server.StartAsync(); // it could not even recover
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
