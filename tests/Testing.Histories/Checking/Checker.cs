namespace Malten.Testing.Histories.Checking;

/// <summary>
/// Checks a history against what Malten promises. It knows nothing but the history, so it can check one that was recorded
/// elsewhere.
/// </summary>
public static class Checker
{
    /// <summary>Checks a history.</summary>
    /// <exception cref="FormatException">The events do not make sense together.</exception>
    public static Report Check(IEnumerable<HistoryEvent> events)
    {
        var streams = new HistoryIndex(events).Streams;
        return new Report(streams, [.. streams.SelectMany(Check)]);
    }

    private static IEnumerable<Violation> Check(StreamRecord stream) =>
        [.. SentRule.Check(stream), .. OrderRule.Check(stream), .. PageRule.Check(stream), .. ListenerRule.Check(stream)];
}
