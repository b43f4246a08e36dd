using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>The few system calls that .NET does not offer.</summary>
internal static class Posix
{
    public const int SignalInterrupt = 2;
    private const int NoHang = 1;

    [DllImport("libc", EntryPoint = "geteuid")]
    public static extern uint EffectiveUserId();

    [DllImport("libc", EntryPoint = "kill")]
    public static extern int Signal(int processId, int signal);

    /// <summary>A service that is process 1 of a container inherits the dead postmaster: unreaped, it looks alive to the next one.</summary>
    public static void Reap(int processId) => _ = WaitForProcess(processId, 0, NoHang);

    [SuppressMessage("Interoperability", "CA1416", Justification = "Windows is refused before anything else happens.")]
    public static void ChangeMode(string path, UnixFileMode mode) => File.SetUnixFileMode(path, mode);

    public static void ChangeOwner(string path, uint userId, uint groupId)
    {
        if (ChangeOwnerOfLink(path, userId, groupId) != 0)
        {
            throw new IOException($"{Marshal.GetLastPInvokeErrorMessage()}: {path}");
        }
    }

    /// <summary>Makes a rename in this directory survive a power cut; .NET cannot open directories.</summary>
    public static void SyncDirectory(string path)
    {
        var descriptor = Open(path, 0);
        if (descriptor >= 0)
        {
            _ = Sync(descriptor);
            _ = Close(descriptor);
        }
    }

    [DllImport("libc", EntryPoint = "waitpid")]
    private static extern int WaitForProcess(int processId, nint status, int options);

    [DllImport("libc", EntryPoint = "lchown", SetLastError = true)]
    private static extern int ChangeOwnerOfLink([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint userId, uint groupId);

    [DllImport("libc", EntryPoint = "open")]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int descriptor);
}
