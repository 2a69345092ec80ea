namespace Malten.Testing.Histories.Checking;

/// <summary>The events of a history, by stream.</summary>
internal sealed class HistoryIndex
{
    private readonly Dictionary<string, StreamRecord> _streams = [];
    private readonly Dictionary<long, HistoryEvent> _open = [];
    private readonly Dictionary<long, HistoryEvent> _reads = [];

    /// <summary>Reads all events.</summary>
    /// <exception cref="FormatException">The events do not make sense together. The message names the operation.</exception>
    public HistoryIndex(IEnumerable<HistoryEvent> events)
    {
        var latest = long.MinValue;
        foreach (var happened in events)
        {
            if (happened.At < latest) throw Wrong(happened, "is earlier than the line before");
            latest = happened.At;
            Add(happened);
        }

        foreach (var stream in Streams) stream.Reads.Sort((one, other) => one.Invoked.CompareTo(other.Invoked));
    }

    public IReadOnlyCollection<StreamRecord> Streams => _streams.Values;

    private void Add(HistoryEvent happened)
    {
        if (happened.Kind == OperationKind.Fault) return;
        if (happened.Type == EventType.Invoke) Begin(happened);
        else if (!_open.TryGetValue(happened.Op, out var begun)) throw Wrong(happened, "has not begun, or has ended");
        else if (begun.Kind != happened.Kind || begun.Process != happened.Process || begun.Stream != happened.Stream)
            throw Wrong(happened, "changes its kind, process or stream");
        else Continue(begun, happened);
    }

    private void Begin(HistoryEvent invocation)
    {
        if (!_open.TryAdd(invocation.Op, invocation)) throw Wrong(invocation, "begins twice");
        var stream = Stream(invocation);
        if (invocation.Kind == OperationKind.Listen) Connect(invocation);
        if (invocation.Kind == OperationKind.Post) Send(invocation, stream);
    }

    private void Connect(HistoryEvent invocation)
    {
        var listener = Listener(invocation);
        if (listener.Cursor is { } cursor && invocation.Last is { } last && last != cursor)
            throw Wrong(invocation, $"resumes after {last}, though its listener had come to {cursor}");
        listener.Cursor ??= invocation.Last;
        listener.Events.Add(invocation);
    }

    private static void Send(HistoryEvent invocation, StreamRecord stream)
    {
        var id = invocation.Id ?? throw Wrong(invocation, "has no id");
        var text = invocation.Text ?? throw Wrong(invocation, "has no text");
        if (!stream.Sent.TryGetValue(id, out var sent)) stream.Sent[id] = sent = new SentMessage(id, text, invocation.At);
        else if (sent.Text != text) throw Wrong(invocation, "repeats an id with another text");
        sent.Attempts++;
    }

    private void Continue(HistoryEvent begun, HistoryEvent happened)
    {
        var hasEnded = happened.Type is EventType.Ok or EventType.Fail or EventType.Info;
        if (hasEnded) _open.Remove(happened.Op);
        else if (happened.Kind != OperationKind.Listen) throw Wrong(happened, "is no listener");
        if (happened.Kind == OperationKind.Listen) Hear(happened);
        else if (happened.Type == EventType.Ok && happened.Kind == OperationKind.Post) Acknowledge(begun, happened);
        else if (happened.Type == EventType.Ok) Answer(begun, happened);
    }

    private void Acknowledge(HistoryEvent begun, HistoryEvent answer)
    {
        var message = answer.Message ?? throw Wrong(answer, "has no message");
        var stream = Stream(answer);
        var sent = stream.Sent[begun.Id!.Value];
        sent.Acknowledged ??= answer.At;
        stream.See(message, answer);
    }

    private void Answer(HistoryEvent begun, HistoryEvent answer)
    {
        var page = answer.Page ?? throw Wrong(answer, "has no page");
        var limit = begun.Limit ?? throw Wrong(begun, "has no limit");
        var stream = Stream(answer);
        stream.Reads.Add(new PageRead(answer.Op, begun.Node, begun.At, limit, page));
        foreach (var message in page) stream.See(message, answer);
    }

    private void Hear(HistoryEvent happened)
    {
        var listener = Listener(happened);
        listener.Events.Add(happened);
        if (happened.Type != EventType.Heard) return;
        var message = happened.Message ?? throw Wrong(happened, "has no message");
        listener.Cursor = message.Created;
        Stream(happened).See(message, happened);
    }

    private ListenerRecord Listener(HistoryEvent happened)
    {
        var listeners = Stream(happened).Listeners;
        if (!listeners.TryGetValue(happened.Process, out var listener))
            listeners[happened.Process] = listener = new ListenerRecord(happened.Process);
        return listener;
    }

    private StreamRecord Stream(HistoryEvent happened)
    {
        var name = happened.Stream ?? throw Wrong(happened, "has no stream");
        if (!_streams.TryGetValue(name, out var stream)) _streams[name] = stream = new StreamRecord(name);
        return stream;
    }

    private static FormatException Wrong(HistoryEvent happened, string what) =>
        new($"Operation {happened.Op} ({happened.Kind} of {happened.Process}, {happened.Type}) {what}.");
}
