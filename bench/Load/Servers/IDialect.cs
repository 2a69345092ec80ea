using Malten.Bench.Load.Http;

namespace Malten.Bench.Load.Servers;

/// <summary>The requests of one kind of server.</summary>
internal interface IDialect
{
    /// <summary>The bytes after which a listener hears every message.</summary>
    byte[] ReadyMark { get; }

    /// <summary>Whether the answer to a post contains its text.</summary>
    bool EchoesText { get; }

    /// <summary>The request that opens a listener.</summary>
    byte[] Listen(string stream);

    /// <summary>The request that posts a message.</summary>
    PostTemplate Post(string stream, string text);

    /// <summary>The request that posts a message to a new stream, whose name begins with a prefix.</summary>
    PostTemplate PostToNew(string prefix, string text);
}
