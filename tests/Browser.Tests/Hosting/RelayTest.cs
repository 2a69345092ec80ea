namespace Malten.Browser.Tests.Hosting;

/// <summary>A test with a relay of its own, which the node hands out. Skipped where coturn is not installed.</summary>
public abstract class RelayTest(CallChromium chromium) : CallTest(chromium)
{
    /// <summary>The relay; null where there is none.</summary>
    protected Coturn? Relay { get; private set; }

    public override async ValueTask InitializeAsync()
    {
        Relay = await StartRelayAsync();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (Relay is not null) await Relay.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected virtual Task<Coturn?> StartRelayAsync() => Coturn.StartAsync();

    protected override Task<TestNode> StartNodeAsync() => TestNode.StartAsync(settings: Relay?.Settings ?? []);
}
