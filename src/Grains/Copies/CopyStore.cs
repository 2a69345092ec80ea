using System.Collections.Concurrent;
using Malten.Grains.Commands;
using Malten.Grains.Members;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Grains.Copies;

/// <summary>The copies that this silo holds of streams that live on other silos. Each copy ends when its stream would.</summary>
internal sealed class CopyStore : IDisposable
{
    private readonly ConcurrentDictionary<string, Copy> _copies = new();
    private readonly Capacity _capacity;
    private readonly TimeProvider _time;
    private readonly ClusterView _view;
    private readonly ExpiryQueue _expiry;

    public CopyStore(Capacity capacity, [FromKeyedServices(StreamClock.Key)] TimeProvider time, ClusterView view)
    {
        (_capacity, _time, _view) = (capacity.ForCopies(), time, view);
        // The writer may have prolonged the stream since the queue found it due.
        _expiry = new ExpiryQueue(time, stream => Remove(stream.Name.Value, copy => copy.Stream == stream && !stream.IsInUse));
    }

    /// <summary>The number of copies held.</summary>
    public int Count => _copies.Count;

    /// <summary>Holds a copy, in place of any other copy of that stream.</summary>
    public CopyOutcome Hold(StreamCopy written)
    {
        var name = written.Stream.Settings.Name;
        while (true)
        {
            var copy = _copies.GetOrAdd(name.Value, _ => new Copy(new MessageStream(name, _capacity, _time)));
            lock (copy)
            {
                if (copy.IsRemoved) continue; // after it was looked up: the next round adds another
                if (!MayWrite(copy, written.Writer))
                {
                    if (copy.Writer is null) Remove(copy);
                    return CopyOutcome.Refused;
                }

                copy.Stream.Restore(written.Stream);
                (copy.Writer, copy.Claims) = (written.Writer, written.Claims);
            }

            _expiry.Watch(copy.Stream);
            return CopyOutcome.Held;
        }
    }

    /// <summary>Brings a copy up to date.</summary>
    public CopyOutcome Add(CopyUpdate update)
    {
        if (!_copies.TryGetValue(update.Stream, out var copy)) return CopyOutcome.Differs;
        lock (copy)
        {
            if (!MayWrite(copy, update.Writer)) return CopyOutcome.Refused;
            if (copy.IsRemoved || copy.Writer != update.Writer
                || copy.Stream.Begun != update.Begun || copy.Stream.Newest != update.Previous)
                return CopyOutcome.Differs;
            copy.Stream.Accept(update.Messages, update.TimeLeft);
            copy.Claims = update.Claims;
        }

        _expiry.Watch(copy.Stream);
        return CopyOutcome.Held;
    }

    /// <summary>The copy of a stream that is in use, or null.</summary>
    public StreamCopy? Find(string stream)
    {
        if (!_copies.TryGetValue(stream, out var copy)) return null;
        lock (copy)
        {
            return copy.Stream.Capture() is { } snapshot && copy.Writer is { } writer
                ? new StreamCopy { Stream = snapshot, Writer = writer, Claims = copy.Claims }
                : null;
        }
    }

    /// <summary>Drops a copy, unless a later activation has written it.</summary>
    public void Drop(string stream, CopyWriter writer) => Remove(stream, copy => MayWrite(copy, writer));

    public void Dispose() => _expiry.Dispose();

    private bool MayWrite(Copy copy, CopyWriter writer) =>
        _view.IsActive(writer.Silo) && (copy.Writer is null || writer.Epoch >= copy.Writer.Epoch);

    private void Remove(string stream, Predicate<Copy> condition)
    {
        if (!_copies.TryGetValue(stream, out var copy)) return;
        lock (copy)
        {
            if (condition(copy)) Remove(copy);
        }
    }

    /// <summary>Callers hold the lock of the copy.</summary>
    private void Remove(Copy copy)
    {
        copy.IsRemoved = true;
        _copies.TryRemove(new KeyValuePair<string, Copy>(copy.Stream.Name.Value, copy));
        copy.Stream.Dispose();
    }

    /// <summary>A copy and its last writer.</summary>
    private sealed class Copy(MessageStream stream)
    {
        public MessageStream Stream => stream;

        public CopyWriter? Writer { get; set; }

        public CommandClaim[] Claims { get; set; } = [];

        public bool IsRemoved { get; set; }
    }
}
