using Malten.Grains.Commands;
using Malten.Grains.Members;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Grains.Copies;

/// <summary>
/// The copy of one stream on a second silo, as the stream's activation sees it. A message is acknowledged only once the
/// second silo holds it, so that the death of any one silo loses nothing that was acknowledged. A silo that is alone
/// stores no copy. A silo that is cut off cannot tell whether the others are dead, so its posts wait.
/// </summary>
internal sealed class SecondCopy(
    StreamName name, ClusterView view, CopyClient silos, CopyPlacement placement, CopyRecovery recovery, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private CopyWriter _writer = new(view.Self, 0);
    private SiloAddress? _holder;
    private Timestamp _begun;
    private Timestamp _newest;

    /// <summary>Whether no active silo is known to hold the copy.</summary>
    public bool IsMissing => _holder is null || !view.IsActive(_holder);

    /// <summary>
    /// Finds what a former activation of the stream has stored, and takes over as its writer. Null when no silo holds a
    /// copy or the stream has ended.
    /// </summary>
    /// <exception cref="TimeoutException">A silo that has not been declared dead does not answer.</exception>
    public async Task<StreamCopy?> RecoverAsync(CancellationToken cancellationToken)
    {
        var newest = await recovery.FindNewestAsync(name, cancellationToken);
        _writer = _writer with { Epoch = Math.Max(Timestamp.Now(time).Nanoseconds, (newest?.Writer.Epoch ?? 0) + 1) };
        return newest is { Stream.TimeLeft: var left } && left > TimeSpan.Zero ? newest : null;
    }

    /// <summary>
    /// Returns when a second silo holds the stream, with the staged messages at its end and with all claims; or when there
    /// is no other silo.
    /// </summary>
    /// <exception cref="OrleansException">This silo was declared dead, so no other silo accepts the messages.</exception>
    public async ValueTask StoreAsync(MessageStream stream, IReadOnlyList<Frame> staged, CommandClaim[] claims)
    {
        var failed = new HashSet<SiloAddress>();
        while (true)
        {
            if (view.IsSelfDeclaredDead) throw new OrleansException("This silo was declared dead.");
            if (placement.Choose(name, _holder, failed) is not { } holder) break;
            try
            {
                await StoreOnAsync(holder, stream, staged, claims);
                return;
            }
            catch (Exception) // of any kind: this silo does not hold the copy, but another may
            {
                failed.Add(holder);
                _holder = null;
                await Task.Delay(Pause, time);
            }
        }

        _holder = null;
    }

    /// <summary>Drops the copy, since the stream has ended.</summary>
    public void Drop()
    {
        if (_holder is { } holder) _ = silos.On(holder).Drop(name.Value, _writer);
        _holder = null;
    }

    private async Task StoreOnAsync(SiloAddress holder, MessageStream stream, IReadOnlyList<Frame> staged, CommandClaim[] claims)
    {
        if (holder.Equals(_holder) && _begun == stream.Begun)
        {
            var update = Update(stream, staged, claims);
            var outcome = await silos.On(holder).Add(update);
            ThrowIfRefused(outcome);
            if (outcome == CopyOutcome.Held)
            {
                _newest = staged.Count > 0 ? staged[^1].Timestamp : update.Previous;
                return;
            }
        }

        await StoreWholeOnAsync(holder, stream, staged, claims);
    }

    private CopyUpdate Update(MessageStream stream, IReadOnlyList<Frame> staged, CommandClaim[] claims) => new()
    {
        Stream = name.Value, Writer = _writer, Begun = _begun, Previous = _newest, Messages = [.. staged],
        TimeLeft = stream.TimeLeft, Claims = claims,
    };

    private async Task StoreWholeOnAsync(
        SiloAddress holder, MessageStream stream, IReadOnlyList<Frame> staged, CommandClaim[] claims)
    {
        if (stream.Capture() is not { } snapshot) return;
        snapshot = snapshot with { Messages = [.. snapshot.Messages, .. staged] };
        ThrowIfRefused(await silos.On(holder).Hold(new StreamCopy { Stream = snapshot, Writer = _writer, Claims = claims }));
        // This activation may have been restored from a copy on its own silo. Two copies in one process are worth one.
        if (_holder is null) _ = silos.On(view.Self).Drop(name.Value, _writer);
        (_holder, _begun, _newest) = (holder, stream.Begun, snapshot.Newest);
    }

    private static void ThrowIfRefused(CopyOutcome outcome)
    {
        if (outcome == CopyOutcome.Refused) throw new IOException("The second silo accepts no copy from this one.");
    }
}
