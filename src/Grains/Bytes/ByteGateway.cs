using System.Collections.Concurrent;
using Malten.Grains.Calls;
using Malten.Grains.Interfaces.Bytes;
using Malten.Streams.Bytes;

namespace Malten.Grains.Bytes;

/// <summary>The senders and receivers that are connected to this gateway, as other gateways reach them.</summary>
internal sealed class ByteGateway(IGrainFactory grains, TimeProvider hostTime) : IByteGateway
{
    private static readonly TimeSpan WatchPause = TimeSpan.FromSeconds(1);

    private const int Misses = 2; // of questions that got no answer, until the receiver counts as gone

    private readonly ConcurrentDictionary<Guid, ByteReceiver> _receivers = new();
    private readonly ConcurrentDictionary<Guid, PulledBody> _bodies = new();
    private readonly Lock _gate = new();
    private IByteGateway? _reference;

    /// <summary>This gateway, for others.</summary>
    public IByteGateway Reference
    {
        get { lock (_gate) return _reference ??= grains.CreateObjectReference<IByteGateway>(this); }
    }

    /// <summary>The receivers here, and the senders whose body goes elsewhere.</summary>
    public int Count => _receivers.Count + _bodies.Count;

    public void Add(ByteReceiver receiver) => _receivers[receiver.Id] = receiver;

    public void Remove(ByteReceiver receiver) => _receivers.TryRemove(receiver.Id, out _);

    /// <summary>The receiver of that id, if it is here.</summary>
    public ByteReceiver? Find(Guid receiver) => _receivers.GetValueOrDefault(receiver);

    /// <summary>Lets another gateway ask for a body.</summary>
    public PulledBody Add(ByteSender sender)
    {
        var body = new PulledBody(sender);
        return _bodies[body.Id] = body;
    }

    /// <summary>Answers nothing more of a body; true when something was asked for before.</summary>
    public bool Remove(PulledBody body, bool hasCome)
    {
        _bodies.TryRemove(body.Id, out _);
        return body.End(hasCome);
    }

    /// <summary>Asks, until the body is finished, whether it is still being received.</summary>
    public async Task WatchAsync(PulledBody body, ByteAddress receiver)
    {
        var completion = body.Sender.Completion;
        for (var misses = 0; misses < Misses && !completion.IsCompleted;)
        {
            await Task.WhenAny(completion, Task.Delay(WatchPause, hostTime));
            if (!completion.IsCompleted) misses = await IsReceivedAsync(body, receiver) ? 0 : misses + 1;
        }

        body.Sender.Lose();
        Remove(body, body.IsWhole);
    }

    public Task<OfferOutcome> Offer(Guid receiver, ByteOffer offer) =>
        Task.FromResult(Find(receiver)?.TryAccept(new RemoteBody(offer), offer.More) ?? OfferOutcome.Gone);

    public Task<BytePiece> Pull(Guid body, long number, long taken) =>
        _bodies.TryGetValue(body, out var known) ? known.PullAsync(number, taken) : Task.FromResult(BytePiece.Cut);

    public async Task<bool> Finish(Guid body, long taken, bool isWhole) =>
        _bodies.TryGetValue(body, out var known) && await known.Sender.FinishAsync(taken, isWhole);

    public Task<bool> IsReceiving(Guid receiver, Guid body) => Task.FromResult(IsReading(receiver, body));

    public Task Abandon(Guid receiver, Guid body)
    {
        if (IsReading(receiver, body)) Find(receiver)?.CutOff();
        return Task.CompletedTask;
    }

    public Task CutOff(Guid receiver)
    {
        Find(receiver)?.CutOff();
        return Task.CompletedTask;
    }

    private bool IsReading(Guid receiver, Guid body) =>
        Find(receiver)?.IsReading(source => source is RemoteBody remote && remote.Id == body) == true;

    private static async Task<bool> IsReceivedAsync(PulledBody body, ByteAddress receiver)
    {
        try
        {
            return await receiver.Gateway.IsReceiving(receiver.Receiver, body.Id);
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            return false;
        }
    }
}
