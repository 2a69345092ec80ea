using Malten.Streams.Bytes;
using Orleans.Concurrency;

namespace Malten.Grains.Interfaces.Bytes;

/// <summary>
/// A gateway as others reach it between which bytes pass: the receiver's asks the sender's for one piece after another, so that
/// no more is on its way than the receiver has room for.
/// </summary>
[Alias("malten.byte-gateway")]
public interface IByteGateway : IGrainObserver
{
    /// <summary>Offers the body of a sender elsewhere to a receiver here.</summary>
    [ResponseTimeout("00:00:02")]
    Task<OfferOutcome> Offer(Guid receiver, [Immutable] ByteOffer offer);

    /// <summary>
    /// Reads a piece of a body that a client sends here. None comes when the body brings nothing for a second.
    /// </summary>
    /// <param name="body">Its id.</param>
    /// <param name="number">Counts the calls of the receiver for this body, from 0: whatever order they come in, they are answered in this one.</param>
    /// <param name="taken">How many bytes of this body the receiver's connection has taken so far.</param>
    [ResponseTimeout("00:00:08"), AlwaysInterleave]
    Task<BytePiece> Pull(Guid body, long number, long taken);

    /// <summary>Nothing more of a body will be read; its sender's connection may be answered. Returns whether it is.</summary>
    [ResponseTimeout("00:00:02"), AlwaysInterleave]
    Task<bool> Finish(Guid body, long taken, bool isWhole);

    /// <summary>Whether a receiver here is still reading what a sender elsewhere sends.</summary>
    [ResponseTimeout("00:00:02"), AlwaysInterleave]
    Task<bool> IsReceiving(Guid receiver, Guid body);

    /// <summary>A sender has gone before its body was whole: cuts off the receiver that is reading it.</summary>
    [OneWay]
    Task Abandon(Guid receiver, Guid body);

    /// <summary>Cuts off a receiver: its pipe has ended, or another has taken its place.</summary>
    [OneWay]
    Task CutOff(Guid receiver);
}

/// <summary>A body that is offered.</summary>
/// <param name="Gateway">The gateway to which it is sent.</param>
/// <param name="Body">Its id there.</param>
/// <param name="More">Whether the channel stays open for another body after this one.</param>
[GenerateSerializer, Immutable, Alias("malten.byte-offer")]
public sealed record ByteOffer(IByteGateway Gateway, Guid Body, bool More);
