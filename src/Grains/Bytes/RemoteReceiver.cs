using Malten.Grains.Calls;
using Malten.Grains.Interfaces.Bytes;
using Malten.Streams.Bytes;

namespace Malten.Grains.Bytes;

/// <summary>A receiver at another gateway.</summary>
/// <param name="address">Where it is.</param>
/// <param name="here">This gateway; null in a grain, from which nothing is offered.</param>
internal sealed class RemoteReceiver(ByteAddress address, ByteGateway? here = null) : IReceivingEnd
{
    private PulledBody? _body; // the one that was offered

    /// <summary>Where it is.</summary>
    public ByteAddress Address => address;

    /// <inheritdoc/>
    public Guid Id => address.Receiver;

    /// <inheritdoc/>
    public async ValueTask<OfferOutcome> OfferAsync(ByteSender sender, bool more)
    {
        _body = here!.Add(sender);
        try
        {
            var outcome = await address.Gateway.Offer(address.Receiver, new ByteOffer(here.Reference, _body.Id, more));
            if (outcome == OfferOutcome.Accepted) _ = here.WatchAsync(_body, address);
            else here.Remove(_body, hasCome: true);
            return outcome;
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            // If it was accepted all the same, the receiver finds nothing to read, and is cut off.
            return here.Remove(_body, hasCome: false) ? OfferOutcome.Lost : OfferOutcome.Gone;
        }
    }

    /// <inheritdoc/>
    public void Abandon(ByteSender sender)
    {
        if (_body is { IsWhole: false } body) _ = address.Gateway.Abandon(address.Receiver, body.Id);
    }

    /// <inheritdoc/>
    public void CutOff() => _ = address.Gateway.CutOff(address.Receiver);
}
