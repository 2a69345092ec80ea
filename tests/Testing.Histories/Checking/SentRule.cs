namespace Malten.Testing.Histories.Checking;

/// <summary>Whatever is seen was sent before, to this stream, with this text; and it looks the same to everybody.</summary>
internal static class SentRule
{
    public static IEnumerable<Violation> Check(StreamRecord stream)
    {
        foreach (var (message, at, op) in stream.Sightings)
        {
            if (!stream.Sent.TryGetValue(message.Id, out var sent) || sent.Invoked > at)
                yield return new Violation(ViolationKind.Invented, stream.Name, $"operation {op} saw {message.Id}, which nobody had sent");
            else if (message.Text != sent.Text)
                yield return new Violation(ViolationKind.Altered, stream.Name, $"operation {op} saw {message.Id} with another text than was sent");
            else if (stream.FirstSightings[message.Id] is var first && message.Created != first.Message.Created)
                yield return new Violation(ViolationKind.Altered, stream.Name,
                    $"operation {op} saw {message.Id} at {message.Created}, operation {first.Op} at {first.Message.Created}");
        }
    }
}
