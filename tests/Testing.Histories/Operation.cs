namespace Malten.Testing.Histories;

/// <summary>An operation that has begun: its further lines go through this.</summary>
public sealed class Operation
{
    private readonly HistoryWriter _history;
    private readonly HistoryEvent _event;

    internal Operation(HistoryWriter history, HistoryEvent invocation) => (_history, _event) = (history, new HistoryEvent
    {
        Type = EventType.Info, Kind = invocation.Kind, Process = invocation.Process, Op = invocation.Op,
        Stream = invocation.Stream, Node = invocation.Node, Id = invocation.Id,
    });

    /// <summary>A post was acknowledged with this message.</summary>
    public void Acknowledged(Posted message) => _history.Write(_event with { Type = EventType.Ok, Message = message });

    /// <summary>A read was answered with this page.</summary>
    public void Answered(IReadOnlyList<Posted> page) => _history.Write(_event with { Type = EventType.Ok, Page = page });

    /// <summary>It was refused.</summary>
    public void Failed(string reason) => _history.Write(_event with { Type = EventType.Fail, Reason = reason });

    /// <summary>Its outcome is not known, or a listener's connection broke.</summary>
    public void Unknown(string reason) => _history.Write(_event with { Type = EventType.Info, Reason = reason });

    /// <summary>A listener's connection was accepted.</summary>
    public void Opened() => _history.Write(_event with { Type = EventType.Open });

    /// <summary>A listener heard a message.</summary>
    public void Heard(Posted message) => _history.Write(_event with { Type = EventType.Heard, Message = message });

    /// <summary>A listener was told that messages are missing.</summary>
    public void HeardGap() => _history.Write(_event with { Type = EventType.Gap });

    /// <summary>A listener was told that the stream has ended.</summary>
    public void HeardEnd() => _history.Write(_event with { Type = EventType.Expired });

    /// <summary>A listener ended its connection, after it was given time to hear everything.</summary>
    public void Closed() => _history.Write(_event with { Type = EventType.Ok });
}
