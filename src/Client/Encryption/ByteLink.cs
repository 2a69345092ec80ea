using System.Runtime.Versioning;
using Malten.Client.Connections;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>One end of a byte stream, which hears what the other one says about it.</summary>
internal interface IByteEnd
{
    /// <summary>Whether the other end has begun, too.</summary>
    bool HasBegun { get; }

    void Hear(ByteWord word);
}

/// <summary>How the bytes of a pipe's channels travel, and the words about them.</summary>
/// <param name="say">Posts a word as a message of the pipe, until a node has it.</param>
[UnsupportedOSPlatform("browser")]
internal sealed class ByteLink(Transport transport, string stream, string seat, Func<ByteWord, CancellationToken, Task> say)
{
    private const string MediaType = "application/octet-stream";

    public Task SayAsync(ByteWord word, CancellationToken cancellationToken) => say(word, cancellationToken);

    /// <summary>Sends a body, after which the channel stays open for the next.</summary>
    /// <exception cref="MaltenException">The receiver did not take all of it.</exception>
    public async Task SendAsync(int channel, HttpContent body, CancellationToken cancellationToken)
    {
        var request = Request.Post("bytes", Parameters(channel, ("more", "true"))) with { Body = body };
        var node = transport.Nodes.Current;
        try
        {
            await transport.AttemptAsync(node, request, Body.Ignore, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
        }
        catch (MaltenException failed) when (failed.IsTransient)
        {
            transport.Nodes.Leave(node);
            throw;
        }
    }

    /// <summary>Opens a connection on which the bytes of the other side come; the caller disposes it.</summary>
    /// <exception cref="MaltenException">It was refused, or not answered.</exception>
    public async Task<HttpResponseMessage> ReceiveAsync(int channel, CancellationToken cancellationToken)
    {
        var node = transport.Nodes.Current;
        try
        {
            var request = Request.Get("bytes", Parameters(channel)) with { Accept = MediaType };
            return await transport.OpenAsync(node, request, cancellationToken).ConfigureAwait(false);
        }
        catch (MaltenException failed) when (failed.IsTransient)
        {
            transport.Nodes.Leave(node);
            throw;
        }
    }

    private Parameters Parameters(int channel, params (string Name, string Value)[] more)
    {
        var parameters = new Parameters { { "stream", stream }, { "seat", seat }, { "channel", $"{channel}" } };
        foreach (var (name, value) in more) parameters.Add(name, value);
        return parameters;
    }
}
