namespace Malten.Testing.Histories.Checking;

/// <summary>
/// Timestamps give one order: each page is in it, no two messages share one, and a message that was acknowledged before
/// another was sent has the smaller one.
/// </summary>
internal static class OrderRule
{
    public static IEnumerable<Violation> Check(StreamRecord stream) =>
        stream.Reads.SelectMany(read => CheckPage(stream, read)).Concat(CheckShared(stream)).Concat(CheckAcknowledged(stream));

    private static IEnumerable<Violation> CheckPage(StreamRecord stream, PageRead read)
    {
        var repeated = read.Page.Count - read.Page.DistinctBy(message => message.Id).Count();
        if (repeated > 0)
            yield return new Violation(ViolationKind.Repeated, stream.Name, $"the page of operation {read.Op} holds {repeated} messages more than once");
        if (read.Page.Zip(read.Page.Skip(1)).Any(pair => pair.First.Created > pair.Second.Created))
            yield return new Violation(ViolationKind.Reordered, stream.Name, $"the page of operation {read.Op} is not in the order of timestamps");
    }

    private static IEnumerable<Violation> CheckShared(StreamRecord stream) =>
        from sighting in stream.FirstSightings.Values
        group sighting by sighting.Message.Created into shared
        where shared.Count() > 1
        select new Violation(ViolationKind.Reordered, stream.Name, $"{shared.Count()} messages have the timestamp {shared.Key}");

    private static IEnumerable<Violation> CheckAcknowledged(StreamRecord stream)
    {
        // Only the acknowledgement counts here: a message that was merely seen may have been so by a listener that was late.
        var acknowledged = new Queue<SentMessage>(stream.Sent.Values.Where(sent => sent.Acknowledged is not null).OrderBy(sent => sent.Acknowledged));
        var newest = default(Posted);
        foreach (var sent in stream.Sent.Values.OrderBy(sent => sent.Invoked))
        {
            for (; acknowledged.TryPeek(out var former) && former.Acknowledged < sent.Invoked; acknowledged.Dequeue())
                if (newest is null || Seen(former)!.Created > newest.Created)
                    newest = Seen(former);
            if (Seen(sent) is { } message && newest is not null && message.Created < newest.Created)
                yield return new Violation(ViolationKind.Reordered, stream.Name,
                    $"{newest.Id} ({newest.Created}) was acknowledged before {message.Id} ({message.Created}) was sent");
        }

        Posted? Seen(SentMessage sent) => stream.FirstSightings.GetValueOrDefault(sent.Id)?.Message;
    }
}
