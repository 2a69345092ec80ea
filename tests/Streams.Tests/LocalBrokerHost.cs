using Malten.Streams.Bytes;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Streams.Tests;

/// <summary>The broker of one process, on a fake clock.</summary>
public sealed class LocalBrokerHost : BrokerHost
{
    private Capacity _capacity = new(new CapacityOptions());
    private LocalBroker _broker = null!;
    private ByteRelay _relay = null!;

    public FakeTime Time { get; } = new();

    public override IReadOnlyList<IStreamBroker> Brokers => [_broker];

    public override IReadOnlyList<ByteRelay> Relays => [_relay];

    public override Timestamp Now => Timestamp.Now(Time);

    public override long StreamsHeld => _capacity.Streams;

    public override long BytesHeld => _capacity.Bytes;

    public override Task StartAsync(CapacityOptions capacity, ICommandResponder? responder = null)
    {
        _capacity = new Capacity(capacity);
        _broker = new LocalBroker(_capacity, Time, responder);
        _relay = new ByteRelay(_broker, _capacity, Time);
        return Task.CompletedTask;
    }

    public override Task AdvanceAsync(TimeSpan by)
    {
        Time.Advance(by);
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        _broker.Dispose();
        return ValueTask.CompletedTask;
    }
}
