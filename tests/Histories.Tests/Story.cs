using Malten.Testing.Histories;

namespace Malten.Histories.Tests;

/// <summary>
/// A made-up history of one stream, one event a microsecond. Messages are told apart by one letter: message <c>a</c> has the
/// text <c>a</c> and, unless a test says otherwise, the timestamp 1; <c>b</c> has 2, and so on.
/// </summary>
internal sealed class Story
{
    private readonly List<HistoryEvent> _events = [];
    private long _operations;

    public IReadOnlyList<HistoryEvent> Events => _events;

    public static Posted Message(char letter, long? created = null, string? text = null) =>
        new(new Guid($"00000000-0000-7000-8000-0000000000{(int)letter:x2}"), created ?? letter - 'a' + 1, text ?? $"{letter}");

    /// <summary>A post that was acknowledged.</summary>
    public Story Post(char letter, long? created = null) => Begin(letter, out var op).Acknowledge(letter, op, created);

    /// <summary>A post whose outcome is not known (info), or that was refused (fail).</summary>
    public Story TryPost(char letter, EventType outcome = EventType.Info) => Begin(letter, out var op).Add(new HistoryEvent
    {
        Type = outcome, Kind = OperationKind.Post, Process = "poster", Op = op,
    });

    /// <summary>A post that begins here.</summary>
    public Story Begin(char letter, out long op) => Add(new HistoryEvent
    {
        Type = EventType.Invoke, Kind = OperationKind.Post, Process = "poster", Op = op = ++_operations,
        Id = Message(letter).Id, Text = $"{letter}",
    });

    /// <summary>A post that has begun is acknowledged.</summary>
    public Story Acknowledge(char letter, long op, long? created = null) => Add(new HistoryEvent
    {
        Type = EventType.Ok, Kind = OperationKind.Post, Process = "poster", Op = op, Message = Message(letter, created),
    });

    /// <summary>A read that is answered with these messages.</summary>
    public Story Read(string letters, int limit = 1024) => Read([.. letters.Select(letter => Message(letter))], limit);

    /// <summary>A read that is answered with these messages.</summary>
    public Story Read(IReadOnlyList<Posted> page, int limit = 1024) => BeginRead(out var op, limit).Answer(op, page);

    /// <summary>A read that begins here.</summary>
    public Story BeginRead(out long op, int limit = 1024) => Add(new HistoryEvent
    {
        Type = EventType.Invoke, Kind = OperationKind.Read, Process = "reader", Op = op = ++_operations, Limit = limit,
    });

    /// <summary>A read that has begun is answered.</summary>
    public Story Answer(long op, IReadOnlyList<Posted> page) => Add(new HistoryEvent
    {
        Type = EventType.Ok, Kind = OperationKind.Read, Process = "reader", Op = op, Page = page,
    });

    /// <summary>
    /// A connection of a listener that hears these messages; <c>!</c> is a gap, <c>.</c> the end of the stream. It breaks, or
    /// is ended by the listener, which then has heard everything.
    /// </summary>
    public Story Listen(string who, string letters, long? last = 0, bool breaks = false)
    {
        var connection = new HistoryEvent { Type = EventType.Open, Kind = OperationKind.Listen, Process = who, Op = ++_operations };
        Add(connection with { Type = EventType.Invoke, Last = last }).Add(connection);
        foreach (var letter in letters)
            Add(letter switch
            {
                '!' => connection with { Type = EventType.Gap },
                '.' => connection with { Type = EventType.Expired },
                _ => connection with { Type = EventType.Heard, Message = Message(letter) },
            });
        return Add(connection with { Type = breaks ? EventType.Info : EventType.Ok });
    }

    private Story Add(HistoryEvent happened)
    {
        _events.Add(happened with { At = 1000 * (_events.Count + 1), Stream = "s" });
        return this;
    }
}
