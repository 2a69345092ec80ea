using System.Runtime.CompilerServices;
using System.Text;
using Malten.Cli.Output;

namespace Malten.Cli.Commands;

/// <summary>The lines of standard input, each decoded by itself: one that is not UTF-8 takes no other with it.</summary>
internal static class InputLines
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const int MostText = 65_536; // UTF-16 units; a node takes far fewer, and says how many

    /// <summary>All of standard input, as one message.</summary>
    /// <exception cref="DecoderFallbackException">It is not UTF-8.</exception>
    /// <exception cref="InvalidDataException">It is far too long; the rest is not read.</exception>
    public static async Task<string> ReadToEndAsync(CancellationToken stop)
    {
        using var input = Open(Strict);
        var (text, length) = (new char[MostText], 0);
        while (length < MostText && await input.ReadAsync(text.AsMemory(length), stop) is > 0 and var count) length += count;
        if (length < MostText) return new string(text, 0, length);
        throw new InvalidDataException("Standard input is too long for a message of 1024 characters. --lines posts each of its lines by itself.");
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
