using Malten.Grains.Hosting;
using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Grains.Replicas;

/// <summary>
/// The copy of one stream on a second silo. Before a message is acknowledged it is held there too, so that the death of
/// any one silo loses none. One silo alone has no second copy; a silo that is cut off from others, which it can't know to
/// be dead, waits.
/// </summary>
internal sealed class SecondCopy(StreamName name, Peers peers)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private CopyWriter _writer = new(peers.Self, 0);
    private SiloAddress? _holder;
    private Timestamp _begun;
    private Timestamp _newest;

    /// <summary>Whether there should be a copy on a silo that is alive, and is none.</summary>
    public bool IsMissing => _holder is null || !peers.IsActive(_holder);

    /// <summary>
    /// Finds the stream that a former activation held: asks every silo, and does not guess for one that does not answer;
    /// it may be the one that knows. Null when nobody holds it.
    /// </summary>
    /// <exception cref="TimeoutException">A silo that is not known to be dead does not answer.</exception>
    public async Task<StreamCopy?> RecoverAsync(CancellationToken cancellationToken)
    {
        var answers = new Dictionary<SiloAddress, StreamCopy?>();
        var started = TimeProvider.System.GetTimestamp();
        while (peers.Active.Where(silo => !answers.ContainsKey(silo)).ToList() is { Count: > 0 } open)
        {
            await Task.WhenAll(open.Select(async silo =>
            {
                try
                {
                    answers[silo] = await peers.On(silo).Find(name.Value);
                }
                catch (Exception failure) when (Transient.Is(failure))
                {
                    // asked again, unless it is declared dead meanwhile
                }
            }));
            if (answers.Count >= peers.Active.Count) break;
            if (TimeProvider.System.GetElapsedTime(started) > Patience) throw new TimeoutException("A silo does not answer.");
            await Task.Delay(Pause, cancellationToken);
        }

        var newest = answers.Values.OfType<StreamCopy>()
            .OrderByDescending(copy => (copy.Writer.Epoch, copy.Stream.Newest)).FirstOrDefault();
        _writer = _writer with { Epoch = Math.Max(Timestamp.Now(TimeProvider.System).Nanoseconds, (newest?.Writer.Epoch ?? 0) + 1) };
        return newest is { Stream.TimeLeft: var left } && left > TimeSpan.Zero ? newest : null;
    }

    /// <summary>
    /// Returns when a second silo holds the stream with these messages at its end and knows who answers its commands, or
    /// when there is no other silo.
    /// </summary>
    /// <exception cref="OrleansException">This silo was declared dead: nobody may hold the messages.</exception>
    public async ValueTask StoreAsync(MessageStream stream, IReadOnlyList<Frame> staged, CommandClaim[] claims)
    {
        var failed = new HashSet<SiloAddress>();
        while (true)
        {
            if (peers.IsSelfBuried) throw new OrleansException("This silo was declared dead.");
            if (Choose(failed) is not { } holder) break;
            try
            {
                await StoreOnAsync(holder, stream, staged, claims);
                return;
            }
            catch (Exception) // whatever it was: this silo does not hold the copy, another may
            {
                failed.Add(holder);
                _holder = null;
                await Task.Delay(Pause);
            }
        }

        _holder = null;
    }

    /// <summary>The stream has ended: nobody needs its copy.</summary>
    public void Drop()
    {
        if (_holder is { } holder) _ = peers.On(holder).Drop(name.Value, _writer);
        _holder = null;
    }

    private async Task StoreOnAsync(SiloAddress holder, MessageStream stream, IReadOnlyList<Frame> staged, CommandClaim[] claims)
    {
        var service = peers.On(holder);
        var newest = staged.Count > 0 ? staged[^1].Timestamp : _newest;
        var outcome = !holder.Equals(_holder) || _begun != stream.Begun ? CopyOutcome.Differs : await service.Add(new ReplicaUpdate
        {
            Stream = name.Value, Writer = _writer, Begun = _begun, Previous = _newest, Messages = [.. staged],
            TimeLeft = stream.TimeLeft, Claims = claims,
        });
        if (outcome == CopyOutcome.Differs)
        {
            if (stream.Capture() is not { } snapshot) return;
            snapshot = snapshot with { Messages = [.. snapshot.Messages, .. staged] };
            outcome = await service.Hold(new StreamCopy { Stream = snapshot, Writer = _writer, Claims = claims });
            newest = snapshot.Newest;
            // What this activation was restored from, where it runs itself: two copies in one process are one.
            if (_holder is null) _ = peers.On(peers.Self).Drop(name.Value, _writer);
        }

        if (outcome == CopyOutcome.Refused) throw new IOException("The second silo takes no copy from here.");
        (_holder, _begun, _newest) = (holder, stream.Begun, newest);
    }

    /// <summary>
    /// The silo that has the copy; else, among those that did not just fail, the one that this name falls to (rendezvous
    /// hashing), so that copies are spread evenly.
    /// </summary>
    private SiloAddress? Choose(HashSet<SiloAddress> failed)
    {
        if (_holder is { } holder && peers.IsActive(holder)) return holder;
        if (peers.Active.Count == 1) return null; // this one
        var others = peers.Active.Where(silo => !silo.Equals(peers.Self)).ToList();
        if (others.TrueForAll(failed.Contains)) failed.Clear();
        return others.Where(silo => !failed.Contains(silo))
            .MaxBy(silo => StableHash.Of($"{silo.ToParsableString()} {name.Value}"));
    }
}
