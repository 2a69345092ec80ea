using System.Text;
using Malten.Bench.Load.Checks;

namespace Malten.Bench.Load.Http;

/// <summary>A whole request that posts a message, of which only the numbers in the text change.</summary>
/// <param name="Bytes">The request.</param>
/// <param name="TextAt">Where in it the text begins.</param>
/// <param name="NameAt">Where in the stream's name the message's number stands; -1 when all go to one stream.</param>
internal sealed record PostTemplate(byte[] Bytes, int TextAt, int NameAt)
{
    /// <summary>Stands in a stream's name for the number of the message.</summary>
    public const string NamePlace = "0123456789012345";

    public static PostTemplate Create(string target, string contentType, string body)
    {
        var bytes = Encoding.ASCII.GetBytes(
            $"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {contentType}\r\n"
            + $"Content-Length: {body.Length}\r\n\r\n{body}");
        return new PostTemplate(bytes, Array.IndexOf(bytes, MessageText.Mark), bytes.AsSpan().IndexOf("0123456789012345"u8));
    }

    /// <summary>Makes it the request for this message.</summary>
    public void Write(long key, long intended)
    {
        MessageText.Write(Bytes.AsSpan(TextAt), key, intended);
        if (NameAt >= 0) MessageText.WriteKey(Bytes.AsSpan(NameAt), key);
    }

    public PostTemplate Copy() => this with { Bytes = [.. Bytes] };
}
