using Malten.Streams;
using Malten.Streams.Bytes;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Testing;

/// <summary>A broker under test, with its clock and its bounds.</summary>
public abstract class BrokerHost : IAsyncDisposable
{
    /// <summary>Started before each test. The bounds are those of each node.</summary>
    public abstract Task StartAsync(CapacityOptions capacity, ICommandResponder? responder = null);

    /// <summary>The broker that a test uses when it does not matter on which node.</summary>
    public IStreamBroker Broker => Brokers[0];

    /// <summary>The broker of each node.</summary>
    public abstract IReadOnlyList<IStreamBroker> Brokers { get; }

    /// <summary>What passes on the bytes of pipes at each node, in the order of <see cref="Brokers"/>.</summary>
    public abstract IReadOnlyList<ByteRelay> Relays { get; }

    /// <summary>Moves the clock, and returns when all that was due has been done.</summary>
    public abstract Task AdvanceAsync(TimeSpan by);

    /// <summary>The present moment as a timestamp.</summary>
    public abstract Timestamp Now { get; }

    /// <summary>Streams in use on all nodes together.</summary>
    public abstract long StreamsHeld { get; }

    /// <summary>Bytes held on all nodes together.</summary>
    public abstract long BytesHeld { get; }

    public abstract ValueTask DisposeAsync();
}
