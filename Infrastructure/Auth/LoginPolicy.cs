namespace CrmImport.Infrastructure.Auth;

/// <summary>Of what failures are counted: an account from one address, an account, an address.</summary>
internal enum LoginSubject
{
    Pair,
    Account,
    Address,
}

/// <summary>How long the next attempt is not looked at: a delay that grows, or a lock.</summary>
internal readonly record struct LoginBlock(TimeSpan Span, bool IsLock);

/// <summary>What a number of failures leads to.</summary>
internal sealed class LoginPolicy(LoginsOptions options)
{
    private const int FreeFailures = 3;
    private const int MaxDelay = 60;

    public LoginBlock? BlockAfter(LoginSubject subject, int failures) => subject switch
    {
        LoginSubject.Pair => Lock(failures, options.LockAfter) ?? Delay(failures),
        LoginSubject.Account => Lock(failures, options.AccountLockAfter),
        _ => Lock(failures, options.AddressLockAfter),
    };

    private LoginBlock? Lock(int failures, int most) => most > 0 && failures >= most ? new(TimeSpan.FromMinutes(options.LockMinutes), true) : null;

    // 1, 2, 4, 8 … seconds; one from whom no failure counts is not delayed either.
    private LoginBlock? Delay(int failures) =>
        options.LockAfter == 0 || failures <= FreeFailures ? null : new(TimeSpan.FromSeconds(Math.Min(MaxDelay, 1L << Math.Min(failures - FreeFailures - 1, 6))), false);
}
