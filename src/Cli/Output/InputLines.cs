using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Malten.Cli.Output;

/// <summary>The lines of standard input, each decoded by itself: one that is not UTF-8, or without end, takes no other with it.</summary>
internal static class InputLines
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>UTF-16 units of a text, or bytes of a line, of which nothing more is kept; a node takes far fewer, and says how many.</summary>
    public const int Most = 65_536;

    /// <summary>All of standard input, as one message.</summary>
    /// <exception cref="DecoderFallbackException">It is not UTF-8.</exception>
    /// <exception cref="InvalidDataException">It is far too long; the rest is not read.</exception>
    public static async Task<string> ReadToEndAsync(CancellationToken stop)
    {
        using var input = Open(StandardInput.Open(), Strict);
        var (text, length) = (new char[Most], 0);
        while (length < Most && await input.ReadAsync(text.AsMemory(length), stop) is > 0 and var count) length += count;
        if (length < Most) return new string(text, 0, length);
        throw new InvalidDataException("Standard input is too long for a message of 1024 characters. --lines posts each of its lines by itself.");
    }

    /// <summary>Each line. An end is a line feed, a carriage return, or both.</summary>
    /// <param name="source">Standard input; whoever opened it closes it.</param>
    public static async IAsyncEnumerable<InputLine> ReadAsync(Stream source, [EnumeratorCancellation] CancellationToken stop)
    {
        var (buffer, line) = (new byte[16_384], new LineBuffer());
        while (await source.ReadAsync(buffer, stop) is > 0 and var count)
        {
            for (var i = 0; i < count; i++)
                if (line.Take(buffer[i]) is { } ended) yield return ended;
        }

        if (line.End() is { } last) yield return last;
    }

    private static StreamReader Open(Stream source, Encoding encoding) => new(source, encoding, detectEncodingFromByteOrderMarks: false);

    /// <summary>The line that is being read.</summary>
    private sealed class LineBuffer
    {
        private readonly List<byte> _bytes = [];
        private bool _isTooLong;
        private bool _endedInReturn; // a line feed that comes next belongs to it

        /// <summary>Gives the line that a byte ends; null as long as it does not.</summary>
        public InputLine? Take(byte next)
        {
            var isRest = next == '\n' && _endedInReturn;
            _endedInReturn = next == '\r';
            if (isRest) return null;
            if (next is (byte)'\r' or (byte)'\n') return EndLine();
            if (_bytes.Count < Most) _bytes.Add(next);
            else _isTooLong = true;
            return null;
        }

        /// <summary>The last line, where nothing ends it; null where there is none.</summary>
        public InputLine? End() => _bytes.Count > 0 ? EndLine() : null;

        private InputLine EndLine()
        {
            var line = _isTooLong ? new InputLine("", "is far too long for a message of 1024 characters.") : Decode(CollectionsMarshal.AsSpan(_bytes));
            _bytes.Clear();
            _isTooLong = false;
            return line;
        }

        private static InputLine Decode(ReadOnlySpan<byte> line)
        {
            try
            {
                return new InputLine(Strict.GetString(line), null);
            }
            catch (DecoderFallbackException)
            {
                return new InputLine("", "is not UTF-8.");
            }
        }
    }
}

/// <summary>A line of standard input.</summary>
/// <param name="Text">What it says; empty where it has a fault.</param>
/// <param name="Fault">Why it can't be said; null where it may.</param>
internal sealed record InputLine(string Text, string? Fault);
