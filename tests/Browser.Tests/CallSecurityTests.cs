using System.Text.Json.Nodes;

namespace Malten.Browser.Tests;

/// <summary>Whoever stands on the way can't listen to a call: another certificate than the agreed one is refused, and that is said.</summary>
public sealed class CallSecurityTests(CallChromium chromium) : CallTest(chromium)
{
    private const string Refused = "Stop: somebody on the way answered with another certificate";

    // What a server would do to descriptions that were not sealed: it puts the fingerprint of its own certificate in their place.
    internal const string SwappedOnTheWay = """
        const take = RTCPeerConnection.prototype.setRemoteDescription;
        RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
          return take.call(this, { type, sdp: sdp.replace(/^(a=fingerprint:sha-256 ).*$/gm, '$1' + Array(32).fill('AB').join(':')) });
        };
        """;

    // The page says another fingerprint from its second description on.
    private const string SwappedLater = """
        const { get } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(RTCPeerConnection.prototype), 'localDescription');
        let told = 0;
        Object.defineProperty(RTCPeerConnection.prototype, 'localDescription', { get() {
          const own = get.call(this);
          return told++ === 0 ? own : { type: own.type, sdp: own.sdp.replace(/^(a=fingerprint:sha-256 ).*$/gm, '$1' + Array(32).fill('AB').join(':')) };
        } });
        """;

    [Fact]
    public async Task Another_certificate_than_the_agreed_one_is_refused_and_both_are_told()
    {
        var (ann, bob) = await MeetAsync(moreOfBob: SwappedOnTheWay);
        await RingAsync(ann, bob);
        await Press(bob, "Accept").ClickAsync();
        foreach (var page in (IPage[])[ann, bob])
        {
            await Expect(page.Locator(".line.danger")).ToContainTextAsync(Refused, new() { Timeout = 40_000 });
            await Expect(page.Locator(".call")).ToHaveCountAsync(0);
            var received = await ReceivedAsync(page);
            Assert.Equal(0, received.Energy);
        }
    }

    [Fact]
    public async Task A_certificate_that_changes_in_a_call_is_refused_too()
    {
        var (ann, bob) = await MeetAsync(more: "", moreOfBob: SwappedLater);
        await CallAsync(ann, bob);
        await HearsAsync(ann);
        await Press(bob, "Share your screen").ClickAsync(); // they agree anew
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.Locator(".line.danger")).ToContainTextAsync(Refused);
    }

    [Fact]
    public async Task What_a_server_changes_in_sealed_words_is_not_used_and_said()
    {
        await using var server = await HostileServer.StartAsync(Node);
        var (ann, bob) = await MeetAsync(server.AddressOf(Reader.First), server.AddressOf(Reader.Second));
        await SayAsync(bob, "before");
        await Expect(Texts(ann)).ToHaveTextAsync(["before"]);
        await Expect(bob.Locator(".message.own .receipt")).ToHaveTextAsync("received"); // which nothing changes
        server.Tamper = (reader, message) => [reader == Reader.Second ? Flip(message) : message];
        await ann.ClickAsync("#call-button");
        await Expect(bob.Locator(".broken")).ToContainTextAsync("This message does not decrypt: others sealed or changed it");
        await Expect(bob.Locator(".call")).ToHaveCountAsync(0);
        Assert.Equal(0, await ann.EvaluateAsync<int>("window.connections.length"));
    }

    private static JsonObject Flip(JsonObject message)
    {
        var text = message["Text"]!.GetValue<string>();
        message["Text"] = text[..^9] + (text[^9] == 'A' ? 'B' : 'A') + text[^8..];
        return message;
    }
}
