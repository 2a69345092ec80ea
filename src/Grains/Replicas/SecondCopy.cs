using Malten.Grains.Hosting;
using Malten.Grains.Interfaces;
using Malten.Streams;

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

    private SiloAddress? _holder;
    private long _begun;
    private long _newest;

    /// <summary>Whether there should be a copy on a silo that is alive, and is none.</summary>
    public bool IsMissing => _holder is null || !peers.IsActive(_holder);

    /// <summary>
    /// Finds the stream that a former activation held: asks every silo, and does not guess for one that does not answer;
    /// it may be the one that knows. Null when nobody holds it.
    /// </summary>
    /// <exception cref="TimeoutException">A silo that is not known to be dead does not answer.</exception>
    public async Task<StreamSnapshot?> RecoverAsync(CancellationToken cancellationToken)
    {
        var answers = new Dictionary<SiloAddress, StreamSnapshot?>();
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
            if (answers.Count >= peers.Active.Count()) break;
            if (TimeProvider.System.GetElapsedTime(started) > Patience) throw new TimeoutException("A silo does not answer.");
            await Task.Delay(Pause, cancellationToken);
        }

        var (holder, newest) = answers.OrderByDescending(answer => answer.Value?.Newest ?? 0).FirstOrDefault();
        if (newest is null || newest.TimeLeft <= TimeSpan.Zero) return null;
        // Goes on where it is, unless that is this very silo: two copies in one process are one.
        if (!holder.Equals(peers.Self)) (_holder, _begun, _newest) = (holder, newest.Begun, newest.Newest);
        return newest;
    }

    /// <summary>Returns when a second silo holds the stream with these messages at its end, or when there is no other.</summary>
    public async ValueTask StoreAsync(MessageStream stream, IReadOnlyList<Frame> staged)
    {
        var failed = new HashSet<SiloAddress>();
        while (Choose(failed) is { } holder)
        {
            try
            {
                await StoreOnAsync(holder, stream, staged);
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
        if (_holder is { } holder) _ = peers.On(holder).Drop(name.Value, _begun);
        _holder = null;
    }

    private async Task StoreOnAsync(SiloAddress holder, MessageStream stream, IReadOnlyList<Frame> staged)
    {
        var service = peers.On(holder);
        var newest = staged.Count > 0 ? staged[^1].Timestamp : _newest;
        var added = holder.Equals(_holder) && _begun == stream.Begun && await service.Add(new ReplicaUpdate
        {
            Stream = name.Value, Begun = _begun, Previous = _newest, Messages = [.. staged], TimeLeft = stream.TimeLeft,
        });
        if (!added)
        {
            if (stream.Capture() is not { } snapshot) return;
            snapshot = snapshot with { Messages = [.. snapshot.Messages, .. staged] };
            await service.Hold(snapshot);
            newest = snapshot.Newest;
            if (_holder is null) _ = peers.On(peers.Self).Drop(name.Value, snapshot.Begun); // what this activation was restored from
        }

        (_holder, _begun, _newest) = (holder, stream.Begun, newest);
    }

    /// <summary>
    /// The silo that has the copy; else, among those that did not just fail, the one that this name falls to (rendezvous
    /// hashing), so that copies are spread evenly.
    /// </summary>
    private SiloAddress? Choose(HashSet<SiloAddress> failed)
    {
        if (_holder is { } holder && peers.IsActive(holder)) return holder;
        var others = peers.Active.Where(silo => !silo.Equals(peers.Self)).ToList();
        if (others.TrueForAll(failed.Contains)) failed.Clear();
        return others.Where(silo => !failed.Contains(silo))
            .MaxBy(silo => StableHash.Of($"{silo.ToParsableString()} {name.Value}"));
    }
}
