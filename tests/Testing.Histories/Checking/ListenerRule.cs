namespace Malten.Testing.Histories.Checking;

/// <summary>
/// A listener goes forward, over all its connections: it hears each message once, in the order of timestamps, and misses
/// none that anybody saw, unless a gap was declared. When it has ended its last connection itself, it has heard everything.
/// </summary>
internal sealed class ListenerRule
{
    private readonly StreamRecord _stream;
    private readonly ListenerRecord _listener;
    private readonly List<Posted> _seen; // by anybody, in order
    private readonly HashSet<Guid> _heard = [];
    private readonly List<Violation> _violations = [];
    private long _position;
    private bool _mayJump; // a gap was declared, or it listens only to what comes from now on

    private ListenerRule(StreamRecord stream, ListenerRecord listener, List<Posted> seen) =>
        (_stream, _listener, _seen) = (stream, listener, seen);

    public static IEnumerable<Violation> Check(StreamRecord stream)
    {
        var seen = stream.FirstSightings.Values.Select(sighting => sighting.Message).OrderBy(message => message.Created).ToList();
        return stream.Listeners.Values.SelectMany(listener => new ListenerRule(stream, listener, seen).Check());
    }

    private List<Violation> Check()
    {
        foreach (var happened in _listener.Events)
            switch (happened.Type)
            {
                case EventType.Invoke:
                    if (happened.Last is { } last) _position = last;
                    else _mayJump = true;
                    break;
                case EventType.Gap:
                    _mayJump = true;
                    break;
                case EventType.Heard:
                    Hear(happened.Message!, happened.Op);
                    break;
                case EventType.Expired:
                    Report(ViolationKind.Ended, happened.Op, "heard that the stream has ended");
                    break;
            }

        if (_listener.Events[^1] is { Type: EventType.Ok } end && !_mayJump) RequireUntil(long.MaxValue, end.Op);
        return _violations;
    }

    private void Hear(Posted message, long op)
    {
        if (!_heard.Add(message.Id))
        {
            Report(ViolationKind.Repeated, op, $"heard {message.Id} again");
            return;
        }

        if (!_mayJump && message.Created < _position)
            Report(ViolationKind.Backward, op, $"heard {message.Id} ({message.Created}) after {_position}");
        else if (!_mayJump) RequireUntil(message.Created, op);
        (_position, _mayJump) = (message.Created, false);
    }

    /// <summary>Reports what others saw after its position and before this time.</summary>
    private void RequireUntil(long created, long op)
    {
        var missed = _seen.Where(message => message.Created > _position && message.Created < created && !_heard.Contains(message.Id)).ToList();
        if (missed.Count > 0) Report(ViolationKind.Missed, op, $"missed {missed.Count} messages, the first {missed[0].Id} ({missed[0].Created})");
    }

    private void Report(ViolationKind kind, long op, string what) =>
        _violations.Add(new Violation(kind, _stream.Name, $"{_listener.Process} {what} (operation {op})"));
}
