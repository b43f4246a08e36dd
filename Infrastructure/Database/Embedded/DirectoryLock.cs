using System.Globalization;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>Held for the life of the service, so that two never run one cluster. The kernel frees it however the process ends.</summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream file;

    private DirectoryLock(FileStream file) => this.file = file;

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
            taken.Sign();
            return taken;
        }
        catch (IOException exception) when (IsTaken(exception))
        {
            throw new EmbeddedPostgresException(
                $"The directory {directory} is in use by another service{Signature(path)}: stop that one, or set Embedded__Directory to another directory.", exception);
        }
    }

    public void Dispose()
    {
        if (file.CanWrite)
        {
            file.SetLength(0);
        }

        file.Dispose();
    }

    private void Sign()
    {
        file.SetLength(0);
        file.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>EWOULDBLOCK, by its numbers on Linux and macOS; a full disk is an IOException too.</summary>
    private static bool IsTaken(IOException exception) => exception.HResult is 11 or 35;

    private static string Signature(string path)
    {
        try
        {
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return int.TryParse(reader.ReadToEnd(), CultureInfo.InvariantCulture, out var processId) ? $" (process {processId})" : "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
