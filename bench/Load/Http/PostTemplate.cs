using System.Text;
using Malten.Bench.Load.Checks;

namespace Malten.Bench.Load.Http;

/// <summary>A whole request that posts a message, of which only the numbers in the text change.</summary>
/// <param name="Bytes">The request.</param>
/// <param name="TextAt">Where in it the text begins.</param>
internal sealed record PostTemplate(byte[] Bytes, int TextAt)
{
    public static PostTemplate Create(string target, string contentType, string body)
    {
        var bytes = Encoding.ASCII.GetBytes(
            $"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {contentType}\r\n"
            + $"Content-Length: {body.Length}\r\n\r\n{body}");
        return new PostTemplate(bytes, Array.IndexOf(bytes, MessageText.Mark));
    }

    public PostTemplate Copy() => this with { Bytes = [.. Bytes] };
}
