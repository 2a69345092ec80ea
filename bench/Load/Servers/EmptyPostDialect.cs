using Malten.Bench.Load.Http;

namespace Malten.Bench.Load.Servers;

/// <summary>Posts the same body as to Malten, to an endpoint that ignores it.</summary>
internal sealed class EmptyPostDialect : IDialect
{
    public byte[] ReadyMark => throw new NotSupportedException("an empty endpoint has no listeners");

    public bool EchoesText => false;

    public byte[] Listen(string stream) => throw new NotSupportedException("an empty endpoint has no listeners");

    public PostTemplate Post(string stream, string text) => PostTemplate.Create(
        "/", "application/json", $$"""{"stream":"{{stream}}","message":"{{text}}"}""");

    public PostTemplate PostToNew(string prefix, string text) => Post($"{prefix}-{PostTemplate.NamePlace}", text);
}
