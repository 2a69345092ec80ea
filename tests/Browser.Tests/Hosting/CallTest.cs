using System.Text.Json;

namespace Malten.Browser.Tests.Hosting;

/// <summary>A test of calls between two browser contexts, on real media.</summary>
[Collection(nameof(CallTest))]
public abstract class CallTest(CallChromium chromium) : PageTest(chromium)
{
    /// <summary>Keeps the connections of a page where a test can ask them.</summary>
    protected const string Watched = """
        window.connections = [];
        window.RTCPeerConnection = class extends RTCPeerConnection {
          constructor(...all) {
            super(...all);
            window.connections.push(this);
          }
        };
        """;

    /// <summary>Has a page wait for the servers of a way as long as a test keeps them back, and not 4 s.</summary>
    protected const string WaitsForServers = """
        {
          const { timeout } = AbortSignal;
          AbortSignal.timeout = milliseconds => timeout.call(AbortSignal, milliseconds === 4000 ? 600_000 : milliseconds);
        }
        """;

    /// <summary>Two people in an open pipe: the inviter, and who joined.</summary>
    protected async Task<(IPage Ann, IPage Bob)> MeetAsync(string? annAddress = null, string? bobAddress = null, string more = "",
        string? moreOfBob = null, BrowserNewContextOptions? options = null, bool named = false)
    {
        var ann = await OpenAsync("", Copy(options), name: named ? "ann" : null, script: Watched + more, address: annAddress);
        var link = await PipeTests.InviteAsync(ann);
        var bob = await OpenAsync(link, Copy(options), name: named ? "bob" : null, script: Watched + (moreOfBob ?? more), address: bobAddress);
        await PipeTests.OpenPipeAsync(bob);
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.Locator("#call-button")).ToBeVisibleAsync();
        return (ann, bob);
    }

    /// <summary>Waits until all that two pages still send each other of files goes directly: each has heard that the other wants it so.</summary>
    protected static async Task FindDirectWayAsync(params IPage[] both)
    {
        foreach (var page in both)
            await UntilAsync(() => page.EvaluateAsync<bool>("""
                async () => {
                  const isWay = ({ type, state, bytesReceived }) => type === 'data-channel' && state === 'open' && bytesReceived > 0;
                  for (const one of window.connections) if ([...(await one.getStats()).values()].some(isWay)) return true;
                  return false;
                }
                """), "a direct way", seconds: 60);
    }

    /// <summary>Rings, and waits until the other page rings.</summary>
    protected static async Task RingAsync(IPage from, IPage to)
    {
        await from.ClickAsync("#call-button");
        await Expect(to.Locator(".call[data-phase=rung]")).ToBeVisibleAsync(new() { Timeout = 30_000 });
    }

    /// <summary>Calls, with or without a camera on the side that accepts.</summary>
    protected static async Task CallAsync(IPage from, IPage to, bool withCamera = false)
    {
        await RingAsync(from, to);
        await Press(to, withCamera ? "Accept with camera" : "Accept").ClickAsync();
        foreach (var page in (IPage[])[from, to]) await InCallAsync(page);
    }

    protected static Task InCallAsync(IPage page) =>
        Expect(page.Locator(".call[data-phase=open]")).ToBeVisibleAsync(new() { Timeout = 30_000 });

    protected static ILocator Press(IPage page, string name) =>
        page.Locator(".call .controls").GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    /// <summary>Waits until a page has heard the tone go on.</summary>
    protected static Task HearsAsync(IPage page) => RisesAsync(page, "sound", stats => stats.Energy, 0.01);

    /// <summary>Waits until a page has decoded more frames of the other's camera or screen.</summary>
    protected static Task SeesAsync(IPage page, int videos = 1) => RisesAsync(page, "pictures", stats => stats.Least(videos), 5);

    /// <summary>What a page has received so far, over all its connections.</summary>
    protected static async Task<Received> ReceivedAsync(IPage page)
    {
        var json = await page.EvaluateAsync<JsonElement>("""
            async () => {
              const found = { energy: 0, frames: [], ways: [], protocols: [] };
              for (const pc of window.connections) {
                const stats = await pc.getStats();
                for (const one of stats.values()) {
                  if (one.type === 'inbound-rtp' && one.kind === 'audio') found.energy += one.totalAudioEnergy ?? 0;
                  if (one.type === 'inbound-rtp' && one.kind === 'video') found.frames.push(one.framesDecoded ?? 0);
                  if (one.type !== 'transport' || pc.connectionState === 'closed') continue;
                  const own = stats.get(stats.get(one.selectedCandidatePairId)?.localCandidateId);
                  if (own) found.ways.push(own.candidateType);
                  if (own?.relayProtocol) found.protocols.push(own.relayProtocol);
                }
              }
              return found;
            }
            """);
        return new Received(json.GetProperty("energy").GetDouble(), [.. json.GetProperty("frames").EnumerateArray().Select(one => one.GetInt32())],
            [.. json.GetProperty("ways").EnumerateArray().Select(one => one.GetString()!)],
            [.. json.GetProperty("protocols").EnumerateArray().Select(one => one.GetString()!)]);
    }

    private static async Task RisesAsync(IPage page, string what, Func<Received, double> of, double by)
    {
        var first = of(await ReceivedAsync(page));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        for (var now = first; now < first + by; now = of(await ReceivedAsync(page)))
        {
            if (patience.IsCancellationRequested) Assert.Fail($"No more {what}: {first}, then {now}");
            await Task.Delay(100);
        }
    }

    private static BrowserNewContextOptions? Copy(BrowserNewContextOptions? options) => options is null ? null : new(options);

    protected sealed record Received(double Energy, int[] Frames, string[] Ways, string[] Protocols)
    {
        /// <summary>The fewest frames among so many pictures that move; none where there are fewer.</summary>
        public int Least(int videos) => Frames.Where(frames => frames > 0).Order().TakeLast(videos).ToArray() is var moving
            && moving.Length == videos ? moving[0] : 0;
    }
}

/// <summary>The tests of calls share a browser, and run one after another.</summary>
[CollectionDefinition(nameof(CallTest))]
public sealed class CallCollection : ICollectionFixture<CallChromium>;
