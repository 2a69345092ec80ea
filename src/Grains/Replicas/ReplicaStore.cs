using System.Collections.Concurrent;
using Malten.Grains.Hosting;
using Malten.Grains.Interfaces;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Grains.Replicas;

/// <summary>The second copies that this silo holds of streams that live elsewhere. Each ends when its stream would.</summary>
internal sealed class ReplicaStore : IDisposable
{
    private readonly ConcurrentDictionary<string, Copy> _copies = new();
    private readonly Capacity _capacity;
    private readonly TimeProvider _time;
    private readonly Peers _peers;
    private readonly ExpiryQueue _expiry;

    public ReplicaStore(Capacity capacity, [FromKeyedServices(StreamClock.Key)] TimeProvider time,
        Peers peers)
    {
        (_capacity, _time, _peers) = (capacity.ForCopies(), time, peers);
        // Its writer may have written to it since it was found to be due.
        _expiry = new ExpiryQueue(time, stream => Remove(stream.Name.Value, copy => copy.Stream == stream && !stream.IsInUse));
    }

    /// <summary>The copies held.</summary>
    public int Count => _copies.Count;

    public CopyOutcome Hold(StreamCopy written)
    {
        var name = written.Stream.Settings.Name;
        while (true)
        {
            var copy = _copies.GetOrAdd(name.Value, _ => new Copy(new MessageStream(name, _capacity, _time)));
            lock (copy)
            {
                if (copy.IsGone) continue; // between the look-up and the lock: another takes its place
                if (!MayWrite(copy, written.Writer))
                {
                    if (copy.Writer is null) LetGo(copy);
                    return CopyOutcome.Refused;
                }

                copy.Stream.Restore(written.Stream);
                (copy.Writer, copy.Claims) = (written.Writer, written.Claims);
            }

            _expiry.Watch(copy.Stream);
            return CopyOutcome.Held;
        }
    }

    public CopyOutcome Add(ReplicaUpdate update)
    {
        if (!_copies.TryGetValue(update.Stream, out var copy)) return CopyOutcome.Differs;
        lock (copy)
        {
            if (!MayWrite(copy, update.Writer)) return CopyOutcome.Refused;
            if (copy.IsGone || copy.Writer != update.Writer || copy.Stream.Begun != update.Begun || copy.Stream.Newest != update.Previous)
                return CopyOutcome.Differs;
            copy.Stream.Accept(update.Messages, update.TimeLeft);
            copy.Claims = update.Claims;
        }

        _expiry.Watch(copy.Stream);
        return CopyOutcome.Held;
    }

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

    public void Drop(string stream, CopyWriter writer) => Remove(stream, copy => MayWrite(copy, writer));

    public void Dispose() => _expiry.Dispose();

    private bool MayWrite(Copy copy, CopyWriter writer) =>
        _peers.IsActive(writer.Silo) && (copy.Writer is null || writer.Epoch >= copy.Writer.Epoch);

    private void Remove(string stream, Predicate<Copy> condition)
    {
        if (!_copies.TryGetValue(stream, out var copy)) return;
        lock (copy)
        {
            if (condition(copy)) LetGo(copy);
        }
    }

    /// <summary>By whoever holds its lock.</summary>
    private void LetGo(Copy copy)
    {
        copy.IsGone = true;
        _copies.TryRemove(new KeyValuePair<string, Copy>(copy.Stream.Name.Value, copy));
        copy.Stream.Dispose();
    }

    /// <summary>A copy and who wrote it last.</summary>
    private sealed class Copy(MessageStream stream)
    {
        public MessageStream Stream => stream;

        public CopyWriter? Writer { get; set; }

        public CommandClaim[] Claims { get; set; } = [];

        /// <summary>Whether it is no longer among those held.</summary>
        public bool IsGone { get; set; }
    }
}
