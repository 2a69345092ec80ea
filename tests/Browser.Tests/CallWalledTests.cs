namespace Malten.Browser.Tests;

/// <summary>From a network that lets no UDP out, as those of some companies and hotels. Skipped without root or coturn.</summary>
[Collection(nameof(CallWalledTests))]
public sealed class CallWalledTests(WalledChromium chromium) : RelayTest(chromium), IClassFixture<WalledChromium>
{
    protected override Task<Coturn?> StartRelayAsync() =>
        chromium.Missing is null ? Coturn.StartAsync(chromium.Address) : Task.FromResult<Coturn?>(null);

    protected override Task<TestNode> StartNodeAsync() => Relay is null
        ? base.StartNodeAsync()
        : TestNode.StartAsync(settings: [.. Relay.BothSettings, "--urls", $"http://{chromium.Address}:{chromium.Port}"]);

    [Fact]
    public async Task Where_udp_is_blocked_a_call_finds_its_way_over_tls_by_itself()
    {
        Assert.SkipWhen(chromium.Missing is not null, $"{chromium.Missing}");
        Assert.SkipWhen(Relay is null, Coturn.Missing);
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

/// <summary>A network that comes or goes breaks what other browsers on this machine load, so nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(CallWalledTests), DisableParallelization = true)]
public sealed class CallWalledCollection;
