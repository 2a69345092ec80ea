using System.Buffers.Text;
using System.Text;

namespace Malten.Bench.Load.Http;

/// <summary>The parts of a response head that the load program needs.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Length">The length of the head in bytes, blank line included.</param>
/// <param name="ContentLength">The length of the body, or -1 when the head does not say.</param>
/// <param name="IsChunked">Whether the body is chunked.</param>
internal readonly record struct ResponseHead(int Status, int Length, long ContentLength, bool IsChunked)
{
    /// <summary>Reads a head; false when it is not complete yet.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ResponseHead head)
    {
        head = default;
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0) return false;
        if (!bytes.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(bytes[9..], out int status, out _))
            throw new InvalidDataException("not an HTTP/1.1 response");

        long length = -1;
        var chunked = false;
        var lines = bytes[..(end + 2)];
        for (int next; (next = lines.IndexOf("\r\n"u8)) >= 0; lines = lines[(next + 2)..])
        {
            if (HasName(lines[..next], "content-length:"u8, out var value))
                length = Utf8Parser.TryParse(value, out long given, out _) ? given : throw new InvalidDataException("a bad length");
            else if (HasName(lines[..next], "transfer-encoding:"u8, out value)) chunked = Ascii.EqualsIgnoreCase(value, "chunked"u8);
        }

        head = new ResponseHead(status, end + 4, length, chunked);
        return true;
    }

    private static bool HasName(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (line.Length < name.Length || !Ascii.EqualsIgnoreCase(line[..name.Length], name)) return false;
        value = line[name.Length..].Trim((byte)' ');
        return true;
    }
}
