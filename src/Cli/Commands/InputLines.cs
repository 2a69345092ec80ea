using System.Runtime.CompilerServices;
using System.Text;
using Malten.Cli.Output;

namespace Malten.Cli.Commands;

/// <summary>The lines of standard input, each decoded by itself: one that is not UTF-8 takes no other with it.</summary>
internal static class InputLines
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>All of standard input.</summary>
    /// <exception cref="DecoderFallbackException">It is not UTF-8.</exception>
    public static async Task<string> ReadToEndAsync(CancellationToken stop)
    {
        using var input = Open(Strict);
        return await input.ReadToEndAsync(stop);
    }

    /// <summary>Each line; null stands for one that is not UTF-8.</summary>
    public static async IAsyncEnumerable<string?> ReadAsync([EnumeratorCancellation] CancellationToken stop)
    {
        using var input = Open(Encoding.Latin1); // byte for byte: the ends of lines are the same in UTF-8
        while (await input.ReadLineAsync(stop) is { } line) yield return Decode(Encoding.Latin1.GetBytes(line));
    }

    private static StreamReader Open(Encoding encoding) => new(StandardInput.Open(), encoding, detectEncodingFromByteOrderMarks: false);

    private static string? Decode(byte[] line)
    {
        try
        {
            return Strict.GetString(line);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
