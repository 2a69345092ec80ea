namespace Malten.Browser.Tests;

/// <summary>Through a relay: Debian's coturn, with the credentials that the node hands out. Skipped where it is not installed.</summary>
public sealed class CallRelayTests(CallChromium chromium) : RelayTest(chromium)
{
    [Fact]
    public async Task Whoever_hides_their_address_is_heard_through_the_relay_alone()
    {
        Assert.SkipWhen(Relay is null, Coturn.Missing);
        var (ann, bob) = await MeetAsync();
        await RingAsync(ann, bob);
        await Press(bob, "Choices").ClickAsync();
        await bob.CheckAsync("#call-hide");
        await Expect(bob.Locator("#call-choices .gives").First).ToContainTextAsync("The other person learns the relay’s address and not yours.");
        await Press(bob, "Accept").ClickAsync();
        foreach (var page in (IPage[])[ann, bob]) await InCallAsync(page);
        await HearsAsync(ann);
        await HearsAsync(bob);
        Assert.Equal(["relay"], (await ReceivedAsync(bob)).Ways);
        // All that Ann was told of Bob's address is the relay's.
        Assert.True(await ann.EvaluateAsync<bool>("""
            connections[0].remoteDescription.sdp.split('\n').filter(line => line.includes('a=candidate')).every(line => line.includes('typ relay'))
            """));
        await Expect(bob.Locator(".call .measure")).ToContainTextAsync("relay");
    }

    [Fact]
    public async Task Where_only_tls_gets_through_it_is_used()
    {
        Assert.SkipWhen(Relay is null, Coturn.Missing);
        await Node.DisposeAsync();
        Node = await TestNode.StartAsync(settings: Relay.TlsSettings);
        var (ann, bob) = await MeetAsync(more: "sessionStorage.setItem('malten.hide-address', 'yes');");
        await CallAsync(ann, bob);
        await HearsAsync(ann);
        await HearsAsync(bob);
        Assert.Equal(["tls"], (await ReceivedAsync(ann)).Protocols);
        Assert.Equal(["tls"], (await ReceivedAsync(bob)).Protocols);
    }

    [Fact]
    public async Task Hiding_is_chosen_before_a_call_and_counts_from_the_next()
    {
        Assert.SkipWhen(Relay is null, Coturn.Missing);
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob);
        await Press(ann, "Choices").ClickAsync();
        await ann.CheckAsync("#call-hide");
        await Expect(ann.Locator("#call-choices .gives").First).ToContainTextAsync("counts from the next call");
        await HearsAsync(ann);
        Assert.DoesNotContain("relay", (await ReceivedAsync(ann)).Ways);
        await Press(ann, "Hang up").ClickAsync();
        await Expect(bob.Locator(".call")).ToHaveCountAsync(0);
        await CallAsync(bob, ann);
        await HearsAsync(ann);
        Assert.Equal(["relay"], (await ReceivedAsync(ann)).Ways);
    }

    [Fact]
    public async Task A_way_that_is_lost_is_looked_for_again()
    {
        Assert.SkipWhen(Relay is null, Coturn.Missing);
        var (ann, bob) = await MeetAsync(more: "sessionStorage.setItem('malten.hide-address', 'yes');");
        await CallAsync(ann, bob);
        await HearsAsync(ann);
        await Relay.StopAsync();
        foreach (var page in (IPage[])[ann, bob])
            await Expect(page.Locator(".call[data-phase=lost]")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Relay.StartAgainAsync();
        foreach (var page in (IPage[])[ann, bob])
        {
            await Expect(page.Locator(".call[data-phase=open]")).ToBeVisibleAsync(new() { Timeout = 60_000 });
            await HearsAsync(page);
        }
    }

    [Fact]
    public async Task A_relay_refuses_what_the_node_did_not_hand_out()
    {
        Assert.SkipWhen(Relay is null, Coturn.Missing);
        const string Forged = """
            const ask = fetch;
            window.fetch = async (where, ...more) => {
              const answer = await ask(where, ...more);
              if (!String(where).includes('/ice')) return answer;
              const { iceServers } = await answer.json();
              return new Response(JSON.stringify({ iceServers: iceServers.map(one => ({ ...one, credential: 'made up' })) }));
            };
            """;
        var page = await OpenAsync("", script: Forged);
        var pipe = await Node.BeginPipeAsync();
        var kinds = await page.EvaluateAsync<string[]>("""
            async path => {
              const { iceServers } = await (await fetch(path)).json();
              const pc = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' });
              pc.createDataChannel('x');
              const kinds = [];
              pc.onicecandidate = ({ candidate }) => candidate && kinds.push(candidate.type);
              await pc.setLocalDescription();
              await new Promise(resolve => pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve());
              return kinds;
            }
            """, $"/ice?stream={pipe.Stream}&seat={pipe.Seat}");
        Assert.Empty(kinds);
    }
}
