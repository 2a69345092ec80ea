using Malten.Bench.Load.Http;

namespace Malten.Bench.Load.Servers;

/// <summary>How a kind of server is spoken to.</summary>
internal interface IDialect
{
    /// <summary>What an event has in it that tells that a listener hears from now on.</summary>
    byte[] ReadyMark { get; }

    /// <summary>Whether the answer to a post has the text in it.</summary>
    bool EchoesText { get; }

    /// <summary>The request that opens a listener.</summary>
    byte[] Listen(string stream);

    /// <summary>The request that posts a message.</summary>
    PostTemplate Post(string stream, string text);

    /// <summary>The request that posts a message to a stream of its own, whose name begins so.</summary>
    PostTemplate PostToNew(string prefix, string text);
}
