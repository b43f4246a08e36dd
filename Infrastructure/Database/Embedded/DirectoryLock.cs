using System.Globalization;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>Held for the life of the service, so that two never run one cluster. The kernel frees it however the process ends.</summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream file;

    private DirectoryLock(FileStream file) => this.file = file;

    /// <exception cref="DirectoryInUseException">Another service holds it.</exception>
    public static DirectoryLock Take(string directory)
    {
        var path = Path.Combine(directory, "lock");
        if (new FileInfo(path).LinkTarget is not null)
        {
            throw new EmbeddedPostgresException($"The lock {path} is a symbolic link, through which another file would be overwritten: remove it.");
        }

        try
        {
            // .NET takes flock() for FileShare.None and opens with O_CLOEXEC: the server never inherits the lock
            var taken = new DirectoryLock(new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
            }));
            Sign(directory);
            return taken;
        }
        catch (IOException exception) when (IsTaken(exception))
        {
            throw new DirectoryInUseException(
                $"The directory {directory} is in use by another service{Signature(directory)}: stop it, or set Embedded__Directory to another directory.", exception);
        }
    }

    public void Dispose() => file.Dispose();

    /// <summary>In a file of its own: .NET opens no locked file, not even to read it. A new one each time, so that no link is followed.</summary>
    private static void Sign(string directory)
    {
        File.Delete(SignatureFile(directory));
        using var signature = new StreamWriter(new FileStream(SignatureFile(directory), FileMode.CreateNew));
        signature.WriteLine(Environment.ProcessId);
    }

    private static string SignatureFile(string directory) => Path.Combine(directory, "service.pid");

    /// <summary>EWOULDBLOCK, by its numbers on Linux and macOS; a full disk is an IOException too.</summary>
    private static bool IsTaken(IOException exception) => exception.HResult is 11 or 35;

    private static string Signature(string directory)
    {
        try
        {
            return int.TryParse(File.ReadAllText(SignatureFile(directory)), CultureInfo.InvariantCulture, out var processId) ? $" (process {processId})" : "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
