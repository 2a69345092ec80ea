using System.Text;
using Malten.Bench.Load.Checks;

namespace Malten.Bench.Load.Http;

/// <summary>A complete request that posts a message; only the numbers in it change.</summary>
/// <param name="Bytes">The request.</param>
/// <param name="TextAt">Offset of the text in the request.</param>
/// <param name="NameAt">Offset of the number in the stream's name; -1 when all messages go to one stream.</param>
internal sealed record PostTemplate(byte[] Bytes, int TextAt, int NameAt)
{
    /// <summary>The placeholder in a stream's name for the number of the message.</summary>
    public const string NamePlace = "0123456789012345";

    public static PostTemplate Create(string target, string contentType, string body)
    {
        var bytes = Encoding.ASCII.GetBytes(
            $"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {contentType}\r\n"
            + $"Content-Length: {body.Length}\r\n\r\n{body}");
        return new PostTemplate(bytes, Array.IndexOf(bytes, MessageText.Mark), bytes.AsSpan().IndexOf("0123456789012345"u8));
    }

    /// <summary>Writes the numbers of this message into the request.</summary>
    public void Write(long key, long intended)
    {
        MessageText.Write(Bytes.AsSpan(TextAt), key, intended);
        if (NameAt >= 0) MessageText.WriteKey(Bytes.AsSpan(NameAt), key);
    }

    public PostTemplate Copy() => this with { Bytes = [.. Bytes] };
}
