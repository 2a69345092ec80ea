namespace Malten.Browser.Tests;

/// <summary>What the other side may say about a direct way for files has bounds, and what breaks in agreeing on one costs that attempt alone.</summary>
public sealed class FileLimitTests(CallChromium chromium) : CallTest(chromium)
{
    // What a page says about itself is changed before it is said.
    private const string SaysOtherwise = """
        const { get } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(RTCPeerConnection.prototype), 'localDescription');
        Object.defineProperty(RTCPeerConnection.prototype, 'localDescription', { get() {
          const { type, sdp } = get.call(this);
          return { type, sdp: otherwise(sdp) };
        } });
        """;

    // How often a page takes what the other one says.
    private const string Counted = """
        window.taken = { addIceCandidate: 0, setRemoteDescription: 0 };
        for (const name of Object.keys(window.taken)) {
          const take = RTCPeerConnection.prototype[name];
          RTCPeerConnection.prototype[name] = function (...all) {
            window.taken[name]++;
            return take.apply(this, all);
          };
        }
        """;

    // A page that is offered direct ways within one minute, and what offers them.
    private const string Joiner = """
        window.aJoiner = async () => {
          const here = document.querySelector('script[type=module]').src;
          const { Direct } = await import(new URL('files/direct.js', here));
          const { Words } = await import(new URL('calls/words.js', here));
          const now = Date.now();
          Date.now = () => now; // within one minute
          const own = new RTCPeerConnection();
          own.createDataChannel('bytes', { negotiated: true, id: 0 });
          const { sdp } = await own.createOffer();
          const pipe = { isInviter: false, say: async () => {} };
          const direct = new Direct(pipe, { configure: async () => ({ iceServers: [], iceTransportPolicy: 'all' }), relays: [] }, () => true);
          const words = new Words({ say: async (_, text) => void direct.hear(text) }, () => {});
          return { direct, words, sdp };
        };
        """;

    // The next attempt comes at once; and a test can say that the time in which a way has to open is over.
    private const string Quick = """
        const later = setTimeout;
        globalThis.setTimeout = (act, wait, ...more) => {
          if (wait === 10_000) window.giveUp = act;
          return later(act, [2000, 8000, 32_000].includes(wait) ? 20 : wait, ...more);
        };
        """;

    [Theory]
    [InlineData("const otherwise = sdp => sdp.replace(/^(a=max-message-size:).*$/m, '$116383');")]
    [InlineData("const otherwise = sdp => sdp + sdp.slice(sdp.indexOf('m=application')).replace(/^a=mid:0/m, 'a=mid:1');")]
    [InlineData("const otherwise = sdp => sdp.replace('m=application', 'm=audio');")]
    public async Task A_description_of_anything_but_one_channel_for_messages_of_some_length_is_not_taken(string otherwise)
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker + Counted, moreOfBob: FileCards.NoPicker + otherwise + SaysOtherwise);
        var path = Folder.Write("odd.bin", 20_000_000);
        await ann.SetInputFilesAsync("#file-input", path);
        await bob.SaveAsync();
        await bob.HasDownloadedAsync(path);
        await ann.WaitForFunctionAsync("() => connections.length > 0 && connections.every(one => one.signalingState === 'closed')");
        Assert.Equal(0, await ann.EvaluateAsync<int>("taken.setRemoteDescription"));
    }

    [Theory]
    [InlineData("sdp.replace(/^(a=max-message-size:).*$/m, '$11000').replace('m=application', 'a=max-message-size:262144\\r\\nm=application')")]
    [InlineData("sdp.replace(/^(a=max-message-size:).*$/m, '$1262144\\r\\n$11000')")]
    public async Task Whoever_takes_short_messages_and_hides_it_gets_files_through_the_node(string otherwise)
    {
        const string Sent = """
            window.sent = 0;
            const { send } = RTCDataChannel.prototype;
            RTCDataChannel.prototype.send = function (what) {
              window.sent++;
              return send.call(this, what);
            };
            """;
        var says = $"const otherwise = sdp => {otherwise};" + SaysOtherwise;
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker + Sent, moreOfBob: FileCards.NoPicker + says);
        await ann.SetInputFilesAsync("#file-input", Folder.WriteZeros("odd.bin", 4_000_000_000));
        await bob.SaveAsync();
        await bob.GetsAsync(1_000_000);
        await ann.WaitForFunctionAsync("() => connections[0]?.signalingState === 'closed' || sent > 1");
        Assert.Equal(0, await ann.EvaluateAsync<int>("sent"));
    }

    [Fact]
    public async Task A_hundred_candidates_a_minute_are_taken()
    {
        var page = await OpenAsync("#_", script: Watched + Counted + Joiner);
        var taken = await page.EvaluateAsync<int>("""
            async () => {
              const { direct, words, sdp } = await aJoiner();
              const way = 'way';
              await words.send({ is: 'description', type: 'offer', way, sdp });
              for (let word = 0; word < 30; word++) {
                const ports = Array.from({ length: 10 }, (_, i) => 1000 + 10 * word + i);
                const list = ports.map(port => ({ candidate: `candidate:1 1 udp 2113937151 192.0.2.1 ${port} typ host`, sdpMid: '0' }));
                await words.send({ is: 'candidates', way, list });
              }
              await words.send({ is: 'end', way });
              while (connections[1]?.signalingState !== 'closed') await new Promise(done => setTimeout(done, 10)); // all before was heard
              direct.end();
              return taken.addIceCandidate;
            }
            """);
        Assert.Equal(100, taken);
    }

    [Fact]
    public async Task Ten_descriptions_a_minute_are_taken()
    {
        var page = await OpenAsync("#_", script: Watched + Joiner);
        var tried = await page.EvaluateAsync<int>("""
            async () => {
              const { direct, words, sdp } = await aJoiner();
              for (let i = 0; i < 25; i++) await words.send({ is: 'description', type: 'offer', way: `way ${i}`, sdp });
              await words.send({ is: 'end', way: 'way 9' });
              while (connections.length < 11) await new Promise(done => setTimeout(done, 10));
              for (let i = 0; i < 20; i++) await Promise.all(connections.map(one => one.getStats()));
              direct.end();
              return connections.length - 1;
            }
            """);
        Assert.Equal(10, tried);
    }

    [Theory]
    [InlineData("setRemoteDescription", false)]
    [InlineData("setLocalDescription", false)]
    [InlineData("setLocalDescription", true)]
    public async Task A_connection_that_is_closed_while_the_two_agree_on_it_costs_that_attempt_alone(string step, bool isInviter)
    {
        var broken = $$"""
            {
              const agree = RTCPeerConnection.prototype.{{step}};
              let count = 0;
              RTCPeerConnection.prototype.{{step}} = function (...all) {
                const agreeing = agree.apply(this, all);
                if (count++ > 0) return agreeing;
                this.close(); // from now on, it is never settled
                setTimeout(() => window.giveUp());
                return agreeing;
              };
            }
            """;
        await GoesDirectlyAsync(broken, isInviter);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_can_not_be_made_costs_that_attempt_alone(bool isInviter)
    {
        const string Broken = """
            {
              const Made = RTCPeerConnection;
              let count = 0;
              window.RTCPeerConnection = class extends Made {
                constructor(...all) {
                  if (count++ === 0) throw new DOMException('', 'InvalidAccessError');
                  super(...all);
                }
              };
            }
            """;
        await GoesDirectlyAsync(Broken, isInviter);
    }

    /// <summary>A large file goes directly, though the first attempt fails on one side.</summary>
    private async Task GoesDirectlyAsync(string broken, bool isInviter)
    {
        const string Usual = FileCards.NoPicker + Quick;
        var (ann, bob) = await MeetAsync(more: Usual + (isInviter ? broken : ""), moreOfBob: Usual + (isInviter ? "" : broken));
        await ann.SetInputFilesAsync("#file-input", Folder.WriteZeros("large.bin", 4_000_000_000));
        await bob.SaveAsync();
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.State()).ToContainTextAsync("· direct", new() { Timeout = 60_000 });
    }
}
