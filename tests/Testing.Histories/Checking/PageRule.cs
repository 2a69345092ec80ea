namespace Malten.Testing.Histories.Checking;

/// <summary>
/// A page holds every message that was acknowledged or seen before it was asked for, unless so many newer ones came that
/// it had to give way. At least one page is read after each acknowledgement.
/// </summary>
internal static class PageRule
{
    public static IEnumerable<Violation> Check(StreamRecord stream) => CheckPages(stream).Concat(CheckUnread(stream));

    private static IEnumerable<Violation> CheckPages(StreamRecord stream)
    {
        var held = stream.Reads.ConvertAll(read => read.Page.Select(message => message.Id).ToHashSet());
        var sightings = new Queue<Sighting>(stream.FirstSightings.Values.OrderBy(sighting => sighting.At));
        var due = new Dictionary<Guid, Posted>();
        foreach (var (index, read) in stream.Reads.Index())
        {
            for (; sightings.TryPeek(out var next) && next.At < read.Invoked; sightings.Dequeue()) due[next.Message.Id] = next.Message;
            var missing = due.Values.Where(message => !held[index].Contains(message.Id) && !read.MayLack(message.Created)).ToList();
            var lost = missing.Where(message => !held.Skip(index + 1).Any(page => page.Contains(message.Id))).ToList();
            foreach (var message in lost)
            {
                due.Remove(message.Id); // once is enough
                yield return new Violation(ViolationKind.Lost, stream.Name,
                    $"{message.Id} ({message.Created}) is not in the page of operation {read.Op} at node {read.Node}, nor in any later one");
            }

            if (missing.Count > lost.Count)
                yield return new Violation(ViolationKind.Stale, stream.Name,
                    $"the page of operation {read.Op} at node {read.Node} lacks {missing.Count - lost.Count} messages that later pages have");
        }
    }

    private static IEnumerable<Violation> CheckUnread(StreamRecord stream)
    {
        var last = stream.Reads.Count == 0 ? long.MinValue : stream.Reads[^1].Invoked;
        return from sent in stream.Sent.Values
               where sent.Acknowledged >= last
               select new Violation(ViolationKind.Unread, stream.Name, $"no page was read after {sent.Id} was acknowledged");
    }
}
