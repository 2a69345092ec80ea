using System.Text;
using Malten.Bench.Load.Http;

namespace Malten.Bench.Load.Servers;

internal sealed class NchanDialect : IDialect
{
    // nchan greets each listener with the comment ": hi".
    public byte[] ReadyMark { get; } = ": "u8.ToArray();

    public bool EchoesText => false;

    public byte[] Listen(string stream) => Encoding.ASCII.GetBytes(
        $"GET /sub?id={stream} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");

    public PostTemplate Post(string stream, string text) => PostTemplate.Create($"/pub?id={stream}", "text/plain", text);

    public PostTemplate PostToNew(string prefix, string text) => Post($"{prefix}-{PostTemplate.NamePlace}", text);
}
