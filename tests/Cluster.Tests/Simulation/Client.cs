using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>A client of one stream: posts, each repeated with its id at any node until it is acknowledged, and reads.</summary>
internal sealed class Client(World world, Scheduler scheduler, Random random, History history)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private bool _hasEnded;
    private string? _waiting;

    /// <summary>What was never answered, although everything was calm for long; null if all was.</summary>
    public string? Stuck => _waiting is null ? null : $"{history.Stream}: {_waiting} was not answered in the end";

    public static PageRequest WholePage(History history) =>
        new(new StreamAddress(StreamName.Parse(history.Stream)), StreamLimits.Messages);

    /// <summary>Posts messages one after another, or so many in the same moment to one node.</summary>
    public void Post(int messages, TimeSpan pause, int together = 1) => _ = PostAsync(messages, pause, together);

    /// <summary>Reads the whole stream, again and again.</summary>
    public void Read(TimeSpan pause) => scheduler.After(pause * random.NextDouble(), () =>
    {
        if (_hasEnded) return;
        if (world.AnyNode() is { } node) node.Do(() => _ = ReadAsync(node));
        Read(pause);
    });

    /// <summary>Begins nothing more.</summary>
    public void End() => _hasEnded = true;

    private async Task PostAsync(int messages, TimeSpan pause, int together)
    {
        for (var number = 0; number < messages && !_hasEnded; number += together)
        {
            _waiting = $"post {number}";
            var node = world.AnyNode();
            await Task.WhenAll(Enumerable.Range(0, together).Select(_ => PostAsync(node)));
            _waiting = null;
            await Task.Delay(pause * random.NextDouble(), scheduler);
        }
    }

    private async Task PostAsync(Node? node)
    {
        var id = Guid.NewGuid();
        history.Send(id);
        var newest = history.Newest;
        Frame? frame;
        for (frame = await TryPostAsync(node, id); frame is null; frame = await TryPostAsync(world.AnyNode(), id))
        {
            // repeated, at any node
        }

        history.Acknowledge(frame.Value, newest);
        world.Tell(history.Stream, $"has {id}");
    }

    /// <summary>Null when no answer came, or none that says that the message is stored.</summary>
    private Task<Frame?> TryPostAsync(Node? node, Guid id)
    {
        var answer = new TaskCompletionSource<Frame?>();
        scheduler.After(Patience, () => answer.TrySetResult(null));
        node?.Do(() => _ = PostAtAsync(node, id, answer));
        return answer.Task;
    }

    private async Task PostAtAsync(Node node, Guid id, TaskCompletionSource<Frame?> answer)
    {
        try
        {
            answer.TrySetResult(await node.Broker.AppendAsync(new Draft
            {
                Address = new StreamAddress(StreamName.Parse(history.Stream)), Text = MessageText.Parse("a"), Id = id,
            }));
        }
        catch (StreamRefusedException refused)
        {
            world.Tell(history.Stream, $"{node} refuses {id}: {refused.Refusal}");
            scheduler.After(TimeSpan.FromMilliseconds(50), () => answer.TrySetResult(null));
        }
    }

    private async Task ReadAsync(Node node)
    {
        var expected = history.Expected;
        try
        {
            var page = await node.Broker.ReadAsync(WholePage(history));
            world.Tell(history.Stream, $"shows {page.Count} of {expected.Count} at {node}");
            history.See(page, expected);
        }
        catch (StreamRefusedException)
        {
            // a node that can't know answers 503
        }
    }
}
