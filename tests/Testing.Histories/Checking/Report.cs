using System.Globalization;

namespace Malten.Testing.Histories.Checking;

/// <summary>What the checker found in a history.</summary>
public sealed class Report
{
    internal Report(IReadOnlyCollection<StreamRecord> streams, IReadOnlyList<Violation> violations)
    {
        Violations = violations;
        var sent = streams.SelectMany(stream => stream.Sent.Values).ToList();
        var waits = sent.Where(message => message.Acknowledged is not null)
            .Select(message => TimeSpan.FromMicroseconds((message.Acknowledged!.Value - message.Invoked) / 1000.0)).Order().ToList();
        var heard = streams.SelectMany(stream => stream.Listeners.Values).SelectMany(listener => listener.Events)
            .CountBy(happened => happened.Type).ToDictionary();
        Acknowledged = waits.Count;
        Unknown = sent.Count - waits.Count;
        Retries = sent.Sum(message => message.Attempts - 1);
        Reads = streams.Sum(stream => stream.Reads.Count);
        LongestWait = waits.LastOrDefault();
        WaitsOverASecond = waits.Count(wait => wait > TimeSpan.FromSeconds(1));
        (Heard, Connections, Gaps) =
            (heard.GetValueOrDefault(EventType.Heard), heard.GetValueOrDefault(EventType.Open), heard.GetValueOrDefault(EventType.Gap));
    }

    /// <summary>Messages that were acknowledged.</summary>
    public int Acknowledged { get; }

    /// <summary>Messages that were never acknowledged: they may be there or not.</summary>
    public int Unknown { get; }

    /// <summary>How often a post was repeated.</summary>
    public int Retries { get; }

    /// <summary>Pages that were read.</summary>
    public int Reads { get; }

    /// <summary>Messages that all listeners together heard.</summary>
    public int Heard { get; }

    /// <summary>How often a listener's connection was accepted.</summary>
    public int Connections { get; }

    /// <summary>How often a listener was told that messages are missing.</summary>
    public int Gaps { get; }

    /// <summary>The longest time from the first try of a post to its acknowledgement.</summary>
    public TimeSpan LongestWait { get; }

    /// <summary>Posts that took more than a second from the first try to the acknowledgement.</summary>
    public int WaitsOverASecond { get; }

    /// <summary>The promises that were broken; empty when all were kept.</summary>
    public IReadOnlyList<Violation> Violations { get; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Acknowledged} posts acknowledged ({Unknown} with an unknown outcome, {Retries} retries, longest wait {LongestWait.TotalSeconds:0.0} s, "
        + $"{WaitsOverASecond} over 1 s), {Reads} pages read, {Heard} messages heard over {Connections} connections with {Gaps} gaps: {Findings()}");

    private string Findings() => Violations.Count == 0
        ? "nothing lost, repeated, out of order, stale or invented"
        : $"{Violations.Count} VIOLATIONS ({string.Join(", ", Violations.CountBy(one => one.Kind).Select(kind => $"{kind.Value} {kind.Key}"))})"
            + string.Concat(Violations.Take(20).Select(one => $"\n  {one}"));
}
