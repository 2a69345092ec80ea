using System.Buffers;
using System.Globalization;
using System.Text;
using Malten.Streams;
using Malten.Streams.Feeds;
using Malten.Streams.Values;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>
/// A client that listens, and resumes at another node after the last message it has heard when its node ends. It must hear
/// every message once, in order, and not be told of a gap or of an end where there is none.
/// </summary>
internal sealed class Listener(World world, History history)
{
    private readonly List<Timestamp> _heard = [];
    private FeedReader? _reader;
    private Node? _node;

    /// <summary>What it should have heard in the end and has not; null if nothing.</summary>
    public string? Missing => history.Seen.Except(_heard).ToList() is { Count: > 0 } missing
        ? $"{history.Stream}: a listener has not heard {missing.Count} of {history.Seen.Count} messages" : null;

    /// <summary>Whether a node lets it listen.</summary>
    public bool IsConnected => _reader is not null;

    /// <summary>Listens at a node, unless the one where it listens still runs.</summary>
    public void Connect(Node node)
    {
        if (_node is { IsGone: false }) return;
        (_node, _reader) = (node, null);
        world.Tell(history.Stream, $"is listened to at {node}");
        node.Do(() => _ = ConnectAsync(node));
    }

    /// <summary>Takes what has come.</summary>
    public void Listen()
    {
        if (_reader is not { } reader || _node is not { IsGone: false, IsPaused: false }) return;
        var output = new ArrayBufferWriter<byte>();
        if (reader.Read(output, int.MaxValue) is { Bytes: 0, Messages: 0 }) return;
        foreach (var line in Encoding.UTF8.GetString(output.WrittenSpan).Split('\n'))
            if (line.StartsWith("id: ", StringComparison.Ordinal)) Hear(new Timestamp(long.Parse(line.AsSpan(4), CultureInfo.InvariantCulture)));
            else if (line.Contains("\"expired\"", StringComparison.Ordinal)) history.Fail("a listener was told that it ended");
            else if (line.Contains("\"gap\"", StringComparison.Ordinal)) history.Fail("a listener was told of a gap");
    }

    private async Task ConnectAsync(Node node)
    {
        try
        {
            var last = _heard.Count > 0 ? _heard[^1] : Timestamp.None;
            var reader = await node.Broker.ListenAsync(new ListenRequest
            {
                Streams = [new StreamAddress(StreamName.Parse(history.Stream))], Last = [last],
            });
            world.Tell(history.Stream, $"is heard at {node}");
            if (_node == node) _reader = reader;
        }
        catch (StreamRefusedException refused)
        {
            world.Tell(history.Stream, $"{node} refuses a listener: {refused.Refusal}");
            if (_node == node) _node = null; // connects again, maybe elsewhere
        }
    }

    private void Hear(Timestamp timestamp)
    {
        if (_heard.Count > 0 && timestamp <= _heard[^1]) history.Fail($"a listener heard {timestamp} after {_heard[^1]}");
        _heard.Add(timestamp);
    }
}
