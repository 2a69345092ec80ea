namespace Malten.Browser.Tests;

/// <summary>From a network that lets no UDP out, as those of some companies and hotels. Skipped without root or coturn.</summary>
public sealed class CallWalledTests(WalledChromium chromium) : CallTest(chromium), IClassFixture<WalledChromium>
{
    private Coturn? _relay;

    public override async ValueTask InitializeAsync()
    {
        _relay = chromium.Missing is null ? await Coturn.StartAsync(chromium.Address) : null;
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_relay is not null) await _relay.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override Task<TestNode> StartNodeAsync() => _relay is null
        ? TestNode.StartAsync()
        : TestNode.StartAsync(settings: [.. _relay.BothSettings, "--urls", $"http://{chromium.Address}:{chromium.Port}"]);

    [Fact]
    public async Task Where_udp_is_blocked_a_call_finds_its_way_over_tls_by_itself()
    {
        Assert.SkipWhen(chromium.Missing is not null, $"{chromium.Missing}");
        Assert.SkipWhen(_relay is null, Coturn.Missing);
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob);
        foreach (var page in (IPage[])[ann, bob])
        {
            await HearsAsync(page);
            var received = await ReceivedAsync(page);
            Assert.Equal(["relay"], received.Ways);
            Assert.Equal(["tls"], received.Protocols);
        }
    }
}
