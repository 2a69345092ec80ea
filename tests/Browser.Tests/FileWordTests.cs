namespace Malten.Browser.Tests;

/// <summary>What two pages say to each other to agree on a direct way for files: when, to whom, and how often.</summary>
public sealed class FileWordTests(CallChromium chromium) : CallTest(chromium)
{
    // One side of a pipe that looks for a direct way, within one minute, and what it says. A test is the other side.
    private const string Sides = """
        window.aSide = async (isInviter, isWanted, onSaid = () => {}) => {
          const here = document.querySelector('script[type=module]').src;
          const { Direct } = await import(new URL('files/direct.js', here));
          const { readOfWay } = await import(new URL('files/bytes.js', here));
          const { Words } = await import(new URL('calls/words.js', here));
          const now = Date.now();
          Date.now = () => now;
          const said = [];
          const hearing = new Words({}, word => {
            said.push(word);
            onSaid(word);
          });
          const pipe = { isInviter, say: async (_, text) => void hearing.hear(readOfWay(text), now) };
          const network = { configure: async () => ({ iceServers: [], iceTransportPolicy: 'all' }), relays: [] };
          const direct = new Direct(pipe, network, isWanted);
          const words = new Words({ say: async (_, text) => void direct.hear(text) }, () => {});
          return { direct, said, tell: word => words.send(word) };
        };
        window.until = async isSo => {
          const begun = performance.now();
          while (!isSo()) {
            if (performance.now() - begun > 120_000) throw new Error(`not within two minutes: ${isSo}`);
            await new Promise(done => setTimeout(done, 10));
          }
        };
        window.anOffer = async () => {
          const own = new RTCPeerConnection();
          own.createDataChannel('bytes', { negotiated: true, id: 0 });
          return (await own.createOffer()).sdp;
        };
        """;

    // Notes how long a page waits before it offers another way, and waits otherwise.
    private static string Waits(string otherwise) => $$"""
        window.waits = [];
        const later = setTimeout;
        globalThis.setTimeout = (act, wait, ...more) => {
          if (![2000, 8000, 32_000].includes(wait)) return later(act, wait, ...more);
          window.waits.push(wait);
          return later(act, {{otherwise}}, ...more);
        };
        """;

    [Fact]
    public async Task What_was_about_to_be_said_when_somebody_hides_their_address_is_not_said()
    {
        const string Counted = """
            window.taken = 0;
            const take = RTCPeerConnection.prototype.setRemoteDescription;
            RTCPeerConnection.prototype.setRemoteDescription = function (...all) {
              window.taken++;
              return take.apply(this, all);
            };
            """;
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker + Counted + WaitsForServers, moreOfBob: FileCards.NoPicker);
        var mayOffer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await ann.RouteAsync("**/ice?*", async route =>
        {
            await mayOffer.Task;
            await route.ContinueAsync();
        });
        await ann.SetInputFilesAsync("#file-input", Folder.WriteZeros("large.bin", 4_000_000_000));
        await bob.SaveAsync();
        await bob.GetsAsync(1_000_000);
        await bob.ChooseAsync("Pause");
        await Expect(ann.State()).ToContainTextAsync("Paused by the other side");

        var refused = 0;
        await bob.RouteAsync("**/messages", async route =>
        {
            Interlocked.Increment(ref refused);
            await route.FulfillAsync(new() { Status = 429, ContentType = "application/problem+json", Body = """{"title":"Too many","status":429}""" });
        });
        mayOffer.SetResult();
        await bob.WaitForFunctionAsync("() => connections[0]?.localDescription?.sdp.includes('a=candidate')"); // which is to be said now
        await UntilAsync(() => Volatile.Read(ref refused) > 1, "Nothing was to be said.");
        await bob.GetByLabel("Hide my address").CheckAsync();
        await Expect(bob.Locator(".files-way")).ToContainTextAsync("The other person does not learn your address.");
        await bob.UnrouteAllAsync(new() { Behavior = UnrouteBehavior.Wait });
        await SayAsync(bob, "all of it is said");
        await Expect(Texts(ann)).ToHaveTextAsync(["all of it is said"]);
        await ann.WaitForFunctionAsync("() => connections.length > 1"); // it has heard that the first attempt is over, and made another
        Assert.Equal(0, await ann.EvaluateAsync<int>("taken"));

        await bob.GetByLabel("Hide my address").UncheckAsync();
        await bob.ChooseAsync("Resume");
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.State()).ToContainTextAsync("· direct", new() { Timeout = 60_000 });
    }

    [Fact]
    public async Task Whoever_chooses_anew_tells_it_only_where_there_are_files()
    {
        var page = await OpenAsync("#_", script: Sides);
        var said = await page.EvaluateAsync<string[]>("""
            async () => {
              let areThere = false;
              const { direct, said, tell } = await aSide(false, () => areThere);
              direct.change();
              direct.change();
              await tell({ is: 'description', type: 'offer', way: 'small', sdp: '' });
              await until(() => said.some(({ is }) => is === 'end')); // nothing is wanted
              areThere = true;
              direct.look(); // a file was accepted: now the choice counts
              direct.look();
              direct.change();
              await until(() => said.filter(({ is }) => is === 'again').length > 1);
              direct.end();
              return said.map(({ is, number }) => `${is} ${number}`);
            }
            """);
        Assert.Equal(["end 0", "again 1", "again 2"], said);
    }

    [Fact]
    public async Task Many_small_files_a_minute_put_no_direct_way_off()
    {
        var page = await OpenAsync("#_", script: Watched + Sides);
        var found = await page.EvaluateAsync<string[]>("""
            async () => {
              let [isWanted, looked] = [false, 0];
              const { direct, said, tell } = await aSide(false, () => looked++ >= 0 && isWanted);
              const sdp = await anOffer();
              const one = { candidate: 'candidate:1 1 udp 2113937151 127.0.0.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0 };
              let added = 0;
              RTCPeerConnection.prototype.addIceCandidate = async () => void added++;
              for (let i = 0; i < 100; i++) {
                await tell({ is: 'description', type: 'offer', way: `small ${i}`, sdp });
                await tell({ is: 'candidates', way: `small ${i}`, list: Array(10).fill(one) });
              }
              await until(() => looked === 100 && said.length >= 60);
              isWanted = true;
              await tell({ is: 'description', type: 'offer', way: 'large', sdp });
              await until(() => said.some(({ is }) => is === 'description'));
              await tell({ is: 'candidates', way: 'large', list: Array(10).fill(one) });
              await until(() => added === 10);
              direct.end();
              const all = said.filter(({ is }) => is === 'end' || is === 'description').map(({ is, way, why = '' }) => `${is} ${way} ${why}`);
              return [all.length, connections.length - 1, all[0], all[59], all[60]].map(String);
            }
            """);
        Assert.Equal(["61", "1", "end small 0 unwanted", "end small 59 unwanted", "description large "], found);
    }

    [Fact]
    public async Task Whoever_says_again_and_again_that_no_way_is_wanted_is_offered_fewer_and_fewer()
    {
        var page = await OpenAsync("#_", script: Waits("wait === 2000 ? 0 : 1e9") + Sides);
        var found = await page.EvaluateAsync<int[][]>("""
            async () => {
              const run = async (isWanted, most) => {
                let offers = 0;
                let side = null;
                let isAnswering = false;
                const answer = async ({ is, type, way }) => {
                  if (is !== 'description' || type !== 'offer' || ++offers > most) return;
                  [side.wanted, isAnswering] = [isWanted, true];
                  await side.tell({ is: 'end', way, why: 'unwanted' });
                  await new Promise(done => setTimeout(done)); // it has been heard
                  isAnswering = false;
                };
                side = await aSide(true, () => side?.wanted ?? true, answer);
                side.wanted = true;
                window.waits = [];
                side.direct.look();
                const goOn = setInterval(() => {
                  if (isAnswering) return;
                  side.wanted = true;
                  side.direct.look();
                }, 20);
                await until(() => offers > most || waits.includes(8000));
                clearInterval(goOn);
                side.direct.end();
                return [offers, waits.at(-1)];
              };
              return [await run(true, 30), await run(false, 30)]; // while files go; and where they are over each time
            }
            """);
        Assert.Equal([[12, 8000], [31, 2000]], found);
    }

    [Fact]
    public async Task An_offer_that_nobody_wants_is_made_again_soon_also_after_an_attempt_that_failed()
    {
        var page = await OpenAsync("#_", script: Waits("0") + Sides);
        var waits = await page.EvaluateAsync<int[]>("""
            async () => {
              const answers = ['lost', 'lost', 'unwanted', 'lost'];
              let side = null;
              window.waits = [];
              side = await aSide(true, () => true, ({ is, type, way }) => {
                if (is === 'description' && type === 'offer') side.tell({ is: 'end', way, why: answers.shift() });
              });
              side.direct.look();
              await until(() => waits.length > 3);
              side.direct.end();
              return waits.slice(0, 4);
            }
            """);
        Assert.Equal([2000, 8000, 2000, 2000], waits);
    }
}
