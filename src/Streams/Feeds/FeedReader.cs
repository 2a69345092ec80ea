using System.Buffers;
using System.Runtime.CompilerServices;
using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <summary>
/// One connection's way through the feeds it hears: wait until there is something, read all of it, wait again. Holds no
/// queue, only places. For one reader at a time; <see cref="Wake"/> may come from anywhere.
/// </summary>
public sealed class FeedReader : IAsyncDisposable
{
    private readonly AsyncAutoResetEvent _wakeup = new();
    private readonly List<FeedCursor> _cursors = [];
    private readonly Func<FeedReader, ValueTask> _closing;
    private int _turn = -1;

    /// <summary>Makes a reader that hears nothing yet; <paramref name="closing"/> runs when it is disposed of.</summary>
    public FeedReader(string session, IReadOnlyList<StreamName> streams, Func<FeedReader, ValueTask> closing) =>
        (Session, Streams, _closing) = (session, streams, closing);

    /// <summary>The secret of this connection.</summary>
    public string Session { get; }

    /// <summary>What it hears, in the order in which it was asked for.</summary>
    public IReadOnlyList<StreamName> Streams { get; }

    /// <summary>Whether nothing more will ever come: a pipe has ended.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>Adds the next stream's feed, from after <paramref name="last"/>, or from now on when that is null.</summary>
    public void Hear(Feed feed, Timestamp? last) => _cursors.Add(feed.Open(last, _wakeup));

    /// <summary>Ends when there is something to read, or at once after <see cref="Wake"/>.</summary>
    public ValueTask WaitAsync()
    {
        foreach (var cursor in _cursors)
            if (cursor.IsReadyOrListed())
                return ValueTask.CompletedTask;
        return _wakeup.WaitAsync();
    }

    /// <summary>Ends the wait under way, or the next one.</summary>
    public void Wake() => _wakeup.Set();

    /// <summary>
    /// Writes what has come, up to about <paramref name="bytes"/> of it, and goes past it. Each time another stream comes
    /// first, so that a busy one does not keep the others waiting.
    /// </summary>
    public FeedBatch Read(IBufferWriter<byte> output, int bytes)
    {
        var batch = new FeedBatch();
        var frames = new FrameBuffer();
        _turn = (_turn + 1) % Math.Max(1, _cursors.Count);
        for (var i = 0; i < _cursors.Count; i++)
        {
            var cursor = _cursors[(_turn + i) % _cursors.Count];
            int taken;
            while (batch.Bytes < bytes && (taken = cursor.Take(frames, bytes - batch.Bytes)) > 0)
                batch = Write(output, cursor, frames[..taken], batch);
            IsCompleted |= cursor.Ended;
        }

        return batch;
    }

    /// <summary>Leaves the streams.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var cursor in _cursors) cursor.Dispose();
        await _closing(this);
    }

    private FeedBatch Write(IBufferWriter<byte> output, FeedCursor cursor, ReadOnlySpan<Frame> frames, FeedBatch batch)
    {
        foreach (var frame in frames)
        {
            var length = frame.Bytes.Length;
            if (!frame.IsMessage)
            {
                output.Write(frame.Bytes);
                batch = batch with { Bytes = batch.Bytes + length };
                continue;
            }

            cursor.Position = frame.Timestamp;
            if (_cursors.Count == 1) output.Write(frame.Bytes);
            else length = WriteWithPositions(output, frame);
            batch = new FeedBatch(batch.Messages + 1, batch.Bytes + length, batch.Messages == 0 ? frame.Timestamp : batch.Oldest);
        }

        return batch;
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

    /// <summary>The frames of one turn, on the stack.</summary>
    [InlineArray(32)]
    private struct FrameBuffer
    {
        private Frame _first;
    }
}

/// <summary>What one read has written.</summary>
/// <param name="Messages">How many messages.</param>
/// <param name="Bytes">How many bytes, other events included.</param>
/// <param name="Oldest">The timestamp of the first message, or none.</param>
public readonly record struct FeedBatch(int Messages, int Bytes, Timestamp Oldest);
