using System.Text;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary>What a command reads and writes: the process's standard streams, or those of who runs it within another program.</summary>
/// <param name="In">What a secret is read from; null where somebody sits at the keyboard.</param>
/// <param name="Error">Failures, prompts, and progress.</param>
/// <param name="IsInteractive">Whether <paramref name="Error"/> is a screen that can be drawn on.</param>
internal sealed record Terminal(Stream? In, TextWriter Out, TextWriter Error, bool IsInteractive)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Terminal OfProcess() => new(Console.IsInputRedirected ? Console.OpenStandardInput() : null, Console.Out, Console.Error, !Console.IsErrorRedirected);

    /// <summary>A secret: the first line of standard input, or typed without an echo; never an argument, which every user of the machine can read.</summary>
    /// <param name="what">What to ask for.</param>
    /// <param name="twice">Whether it must be typed twice.</param>
    /// <exception cref="WrongUsageException">None was given, or the two differ.</exception>
    public string ReadSecret(string what, bool twice)
    {
        var secret = In is not null ? ReadLine(In) : twice ? AskTwice(what) : Ask(what);
        return secret is { Length: > 0 } ? secret : throw new WrongUsageException($"Missing {what}: provide it on the first line of standard input, or type it when prompted.");
    }

    private static string? ReadLine(Stream stream)
    {
        try
        {
            using var input = new StreamReader(stream, Strict);
            return input.ReadLine();
        }
        catch (DecoderFallbackException)
        {
            throw new WrongUsageException("Standard input is not UTF-8.");
        }
    }

    private string AskTwice(string what)
    {
        var secret = Ask(what);
        return Ask($"{what} again") == secret ? secret : throw new WrongUsageException("The two entries differ.");
    }

    private string Ask(string what)
    {
        Error.Write($"{what}: ");
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

        Error.WriteLine();
        return typed.ToString();
    }
}
