using System.Text;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary>Secrets come from standard input, its first line, or are asked for without an echo; never from an argument, which every user of the machine can read.</summary>
internal static class SecretInput
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="WrongUsageException">None was given, or the two differ.</exception>
    public static string Read(string what, bool twice)
    {
        var secret = Console.IsInputRedirected ? ReadLine() : twice ? AskTwice(what) : Ask(what);
        return secret is { Length: > 0 } ? secret : throw new WrongUsageException($"Missing {what}: provide it on the first line of standard input, or type it when prompted.");
    }

    private static string? ReadLine()
    {
        try
        {
            using var input = new StreamReader(Console.OpenStandardInput(), Strict);
            return input.ReadLine();
        }
        catch (DecoderFallbackException)
        {
            throw new WrongUsageException("Standard input is not UTF-8.");
        }
    }

    private static string AskTwice(string what)
    {
        var secret = Ask(what);
        return Ask($"{what} again") == secret ? secret : throw new WrongUsageException("The two entries differ.");
    }

    private static string Ask(string what)
    {
        Console.Error.Write($"{what}: ");
        var typed = new StringBuilder();
        for (var key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
