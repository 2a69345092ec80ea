using System.Buffers;
using System.Runtime.CompilerServices;
using Malten.Streams.Events;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <summary>
/// Reads the feeds of one connection: wait until there is something, read all of it, wait again. Holds a cursor on each
/// feed and no queue. Not thread-safe, except that <see cref="Wake"/> and
/// <see cref="Dismiss"/> may be called from any thread.
/// </summary>
public sealed class FeedReader : IAsyncDisposable
{
    private readonly AsyncAutoResetEvent _wakeup = new();
    private readonly List<FeedCursor> _cursors = [];
    private readonly Func<FeedReader, ValueTask> _closing;
    private readonly List<StreamLife> _lives = [];
    private readonly SignalQueue? _signals;
    private int _turn = -1;
    private bool _hasLeft;

    /// <summary>Creates a reader without feeds; <paramref name="closing"/> runs when the reader is disposed of.</summary>
    public FeedReader(string session, IReadOnlyList<StreamName> streams, Func<FeedReader, ValueTask> closing) =>
        (Session, Streams, _closing) = (session, streams, closing);

    /// <summary>The secret of this connection.</summary>
    public string Session { get; }

    /// <summary>The public handle of this connection, which tells nothing of the secret.</summary>
    public string Listener { get; init; } = Secret.New();

    /// <summary>Whose connection it is.</summary>
    public ClientKey Client { get; init; }

    /// <summary>What is said to this connection alone, or to all that listen, without being held; null where nothing can be.</summary>
    public SignalQueue? Signals
    {
        get => _signals;
        init
        {
            _signals = value;
            value?.Wake = Wake;
        }
    }

    /// <summary>The streams it hears, in the order of the request.</summary>
    public IReadOnlyList<StreamName> Streams { get; }

    /// <summary>How it writes events; set before the first is read.</summary>
    public EventFormat Format { get; set; }

    /// <summary>The lives of those of them that were in use when it came.</summary>
    public IReadOnlyList<StreamLife> Lives => _lives;

    /// <summary>Whether nothing more will ever come, because a pipe has ended.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>Whether its place has been taken from it: it should be told, and disposed of.</summary>
    public bool IsDismissed { get; private set; }

    /// <summary>Adds the feed of the next stream, starting after <paramref name="last"/>, or at the head when that is null.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="last">The last message heard.</param>
    /// <param name="life">The life of the stream; null when none is in use.</param>
    /// <param name="crowd">The listeners of its client to that stream, with whom it is told who listens; null to be told with anybody.</param>
    public void Hear(Feed feed, Timestamp? last, StreamLife? life = null, Crowd? crowd = null)
    {
        if (life is not null) _lives.Add(life);
        _cursors.Add(feed.Open(last, _wakeup, crowd: crowd));
    }

    /// <summary>Completes when there is something to read, or at once after <see cref="Wake"/>.</summary>
    public ValueTask WaitAsync()
    {
        foreach (var cursor in _cursors)
            if (cursor.IsReadyOrListed())
                return ValueTask.CompletedTask;
        return Signals is { IsEmpty: false } ? ValueTask.CompletedTask : _wakeup.WaitAsync();
    }

    /// <summary>Ends the wait under way, or the next one.</summary>
    public void Wake() => _wakeup.Set();

    /// <summary>Tells whoever reads that its place has been taken from it.</summary>
    public void Dismiss()
    {
        IsDismissed = true;
        Wake();
    }

    /// <summary>
    /// Writes new frames to <paramref name="output"/>, stopping once <paramref name="bytes"/> have been written, and
    /// advances the cursors. Signals come first, and take half of that at most; then comes another stream with each call, so
    /// that a busy one cannot starve the others.
    /// </summary>
    public FeedBatch Read(IBufferWriter<byte> output, int bytes)
    {
        var batch = WriteSignals(output, bytes);
        var frames = new FrameBuffer();
        _turn = (_turn + 1) % Math.Max(1, _cursors.Count);
        for (var i = 0; i < _cursors.Count; i++)
        {
            var cursor = _cursors[(_turn + i) % _cursors.Count];
            var taken = 0;
            while (batch.Bytes < bytes && (taken = cursor.Take(frames, bytes - batch.Bytes)) > 0)
                batch = Write(output, cursor, frames[..taken], batch);
            if (taken > 0) cursor.Done();
            IsCompleted |= cursor.Ended;
        }

        return batch;
    }

    /// <summary>Leaves the streams. Does so once, however often it is called.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _hasLeft, true)) return;
        foreach (var cursor in _cursors) cursor.Dispose();
        Signals?.Close();
        await _closing(this);
    }

    private FeedBatch WriteSignals(IBufferWriter<byte> output, int bytes)
    {
        var batch = new FeedBatch();
        while (Signals is not null && batch.Bytes < (bytes + 1) / 2 && Signals.TryTake(out var signal))
        {
            batch = batch with { Bytes = batch.Bytes + Write(output, signal) };
            signal.LetGo();
        }

        return batch;
    }

    private FeedBatch Write(IBufferWriter<byte> output, FeedCursor cursor, ReadOnlySpan<Frame> frames, FeedBatch batch)
    {
        foreach (var frame in frames)
        {
            if (!frame.IsMessage)
            {
                batch = batch with { Bytes = batch.Bytes + Write(output, frame) };
                continue;
            }

            cursor.Position = frame.Timestamp;
            var length = _cursors.Count == 1 || Format == EventFormat.JsonLines ? Write(output, frame) : WriteWithPositions(output, frame);
            batch = new FeedBatch(batch.Messages + 1, batch.Bytes + length, batch.Messages == 0 ? frame.Timestamp : batch.Oldest);
        }

        return batch;
    }

    /// <summary>Writes an event as it is, and returns how many bytes that are.</summary>
    public int Write(IBufferWriter<byte> output, Frame frame)
    {
        if (Format == EventFormat.ServerSentEvents)
        {
            output.Write(frame.Bytes);
            return frame.Bytes.Length;
        }

        output.Write(frame.Json.Span);
        output.Write("\n"u8);
        return frame.Json.Length + 1;
    }

    private int WriteWithPositions(IBufferWriter<byte> output, Frame frame)
    {
        var line = output.GetSpan("id: ".Length + (_cursors.Count * (Timestamp.MaxDigits + 1)));
        "id: "u8.CopyTo(line);
        var length = "id: ".Length;
        foreach (var cursor in _cursors)
        {
            length += cursor.Position.Format(line[length..]);
            line[length++] = (byte)',';
        }

        line[length - 1] = (byte)'\n';
        output.Advance(length);
        output.Write(frame.Data.Span);
        return length + frame.Data.Length;
    }

    /// <summary>Room on the stack for the frames that one step takes.</summary>
    [InlineArray(32)]
    private struct FrameBuffer
    {
        private Frame _first;
    }
}

/// <summary>What one read wrote.</summary>
/// <param name="Messages">How many messages.</param>
/// <param name="Bytes">How many bytes, other events included.</param>
/// <param name="Oldest">The timestamp of the first message, or <see cref="Timestamp.None"/>.</param>
public readonly record struct FeedBatch(int Messages, int Bytes, Timestamp Oldest);
