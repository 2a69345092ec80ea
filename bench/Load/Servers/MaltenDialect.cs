using System.Text;
using Malten.Bench.Load.Http;

namespace Malten.Bench.Load.Servers;

internal sealed class MaltenDialect : IDialect
{
    public byte[] ReadyMark { get; } = "\"open\""u8.ToArray();

    public bool EchoesText => true;

    public byte[] Listen(string stream) => Encoding.ASCII.GetBytes(
        $"GET /events?stream={stream} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");

    public PostTemplate Post(string stream, string text) => PostTemplate.Create(
        "/messages", "application/json", $$"""{"stream":"{{stream}}","message":"{{text}}"}""");

    public PostTemplate PostToNew(string prefix, string text) => Post($"{prefix}-{PostTemplate.NamePlace}", text);
}
