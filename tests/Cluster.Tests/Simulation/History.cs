using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>What clients of one stream did and saw, and the first promise that was broken.</summary>
internal sealed class History(string stream)
{
    private readonly Dictionary<Guid, Timestamp> _acknowledged = [];
    private readonly HashSet<Guid> _sent = [];

    public string Stream => stream;

    /// <summary>What is wrong with the history; null while nothing is.</summary>
    public string? Failure { get; private set; }

    public int Acknowledged => _acknowledged.Count;

    /// <summary>The timestamps that the last page seen showed.</summary>
    public IReadOnlyList<Timestamp> Seen { get; private set; } = [];

    /// <summary>The messages acknowledged so far, which a page that is asked for from now on must hold.</summary>
    public Dictionary<Guid, Timestamp> Expected => new(_acknowledged);

    /// <summary>The newest message acknowledged so far: whatever is sent from now on comes after it.</summary>
    public Timestamp Newest { get; private set; }

    /// <summary>How many nodes have shown the whole stream in the end.</summary>
    public int Checks { get; set; }

    public void Send(Guid id) => _sent.Add(id);

    public void Acknowledge(Frame frame, Timestamp newestBefore)
    {
        if (frame.Timestamp <= newestBefore) Fail($"{frame.Timestamp} was sent after {newestBefore} was acknowledged");
        if (_acknowledged.TryGetValue(frame.Id, out var before) && before != frame.Timestamp)
            Fail($"one post was acknowledged as {before} and as {frame.Timestamp}");
        _acknowledged[frame.Id] = frame.Timestamp;
        Newest = Timestamp.Max(Newest, frame.Timestamp);
    }

    public void See(IReadOnlyList<Frame> page, Dictionary<Guid, Timestamp> expected)
    {
        for (var i = 1; i < page.Count; i++)
            if (page[i].Timestamp <= page[i - 1].Timestamp)
                Fail($"{page[i].Timestamp} stands after {page[i - 1].Timestamp}");
        var held = new Dictionary<Guid, Timestamp>();
        foreach (var frame in page)
        {
            if (!_sent.Contains(frame.Id)) Fail($"nobody sent {frame.Id}");
            if (!held.TryAdd(frame.Id, frame.Timestamp)) Fail($"{frame.Id} is held twice");
        }

        Seen = [.. page.Select(frame => frame.Timestamp)];
        foreach (var (id, timestamp) in expected)
            if (!held.TryGetValue(id, out var found)) Fail($"{timestamp} was acknowledged and is not on a page of {page.Count}");
            else if (found != timestamp) Fail($"{timestamp} was acknowledged and is held as {found}");
    }

    public void Fail(string reason) => Failure ??= $"{stream}: {reason}";
}
