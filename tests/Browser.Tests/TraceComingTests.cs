using System.Globalization;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>What whoever comes to a stream that leaves no trace sees, until they have what was said and when some of it goes meanwhile.</summary>
public sealed class TraceComingTests(Chromium chromium) : TraceTest(chromium)
{
    private static readonly string Held = Tapping("data => data && window.came.push(JSON.parse(data).Type)") + """
        window.came = [];
        window.held = 0;
        const { verify } = SubtleCrypto.prototype;
        window.verified = 0;
        SubtleCrypto.prototype.verify = async function (...all) {
          if (window.holds) {
            window.held++;
            await new Promise(resolve => (window.release = resolve));
          }
          const isSo = await verify.apply(this, all);
          window.verified++;
          return isSo;
        };
        """;

    [Fact]
    public async Task Nobody_is_told_that_nothing_is_here_before_those_who_are_here_could_answer()
    {
        var (_, link) = await BeginRoomAsync();
        var release = new TaskCompletionSource();
        var page = await OpenBlankAsync();
        await InstallClockAsync(page);
        await page.RouteAsync("**/signals", async route =>
        {
            await release.Task;
            await route.ContinueAsync();
        });
        await page.GotoAsync($"{Node.Address}/{link}");
        await ListensAsync(page);
        await Expect(page.Locator("#start .quiet")).ToContainTextAsync("What is said here lives only in the pages");
        await page.Clock.RunForAsync(10_000);
        await Expect(page.Locator(".card.empty")).ToHaveCountAsync(0);
        release.SetResult();
        await Expect(page.Locator(".card.empty")).ToContainTextAsync("Nobody who is here has written yet");
    }

    [Fact]
    public async Task What_goes_before_it_could_be_shown_is_not_shown_at_all()
    {
        var (room, link) = await BeginRoomAsync();
        await using var bob = await TracePeer.ComeAsync(Node, room, "Bob");
        await using var carol = await TracePeer.ComeAsync(Node, room, "Carol");
        bob.Have(2, at => $"from bob {at}");
        bob.Answers = carol.Answers = false;
        var page = await OpenBlankAsync();
        await page.AddInitScriptAsync(Held);
        await InstallClockAsync(page);
        await page.GotoAsync($"{Node.Address}/{link}");
        await ListensAsync(page);
        await UntilAsync(() => bob.Heard.Any(heard => heard.Frame[0] == TraceRoom.Hello), "a hello");
        await PauseAsync(page);
        var listener = bob.Heard.Last(heard => heard.Frame[0] == TraceRoom.Hello).From;
        var verified = await page.EvaluateAsync<int>("window.verified");
        await bob.SayHereAsync(listener);
        await bob.HandOverAsync(listener, [bob.Own[0]]);
        await WaitAsync(page, $"window.verified >= {verified + 2}");
        await page.EvaluateAsync("window.holds = true");
        await bob.HandOverAsync(listener, [bob.Own[1]]);
        await WaitAsync(page, "window.held === 1");
        await page.EvaluateAsync("window.holds = false");
        await bob.SayFarewellAsync();
        await carol.SayAsync("to wait for");
        await WaitAsync(page, "window.came.filter(type => type === 'message').length === 2");
        await page.Clock.RunForAsync(200);
        await page.EvaluateAsync("window.release()");
        await page.Clock.ResumeAsync();
        await Expect(page.Locator(".line.gap")).ToHaveTextAsync("Bob left, and 2 messages with them.");
        await Expect(Texts(page)).ToHaveTextAsync(["to wait for"]);
        await Expect(page.Locator(".badge.warn, .note")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Whoever_hands_over_slowly_is_not_accused()
    {
        var (room, link) = await BeginRoomAsync();
        await using var slow = await TracePeer.ComeAsync(Node, room, "slow");
        slow.Have(20, at => string.Create(CultureInfo.InvariantCulture, $"{at}"));
        slow.Answers = false;
        var page = await OpenWithClockAsync(link);
        await ListensAsync(page);
        await UntilAsync(() => slow.Heard.Any(heard => heard.Frame[0] == TraceRoom.Hello), "a hello");
        await PauseAsync(page);
        var listener = slow.Heard.Last(heard => heard.Frame[0] == TraceRoom.Hello).From;
        await slow.SayHereAsync(listener);
        for (var i = 0; i < slow.Own.Count; i++)
        {
            await slow.HandOverAsync(listener, [slow.Own[i]]);
            await RunUntilAsync(page, async () => await Texts(page).CountAsync() == i + 1, "a message", most: 1500, step: 50);
            await page.Clock.RunForAsync(1300);
        }

        await ExpectNoFindingsAsync(page);
    }

    [Fact]
    public async Task What_one_reads_stays_where_it_is_when_the_first_of_it_goes()
    {
        var page = await OpenAsync("#any");
        var tops = await page.EvaluateAsync<double[]>("""
            async () => {
              const { Timeline } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'timeline.js'));
              const [scroller, log] = [document.createElement('div'), document.createElement('div')];
              Object.assign(scroller.style, { position: 'absolute', inset: '0 0 auto', height: '200px', overflow: 'auto', overflowAnchor: 'none' });
              scroller.append(log);
              document.body.append(scroller);
              const timeline = new Timeline(scroller, log, () => {});
              timeline.add(Array.from({ length: 40 }, (_, order) => {
                const element = document.createElement('article');
                element.style.height = '50px';
                return { order, id: String(order), element };
              }));
              const hasScrolled = new Promise(resolve => scroller.addEventListener('scroll', resolve, { once: true }));
              scroller.scrollTop = 520;
              await hasScrolled;
              const top = () => log.querySelectorAll('article')[12 - gone].getBoundingClientRect().top;
              let gone = 0;
              const before = top();
              timeline.remove(['10', '11', '39']);
              gone = 2;
              return [before, top()];
            }
            """);
        Assert.Equal(tops[0], tops[1]);
    }

    [Fact]
    public async Task What_hangs_on_a_connection_that_is_lost_takes_no_room_on_the_next()
    {
        var page = await OpenAsync("#any");
        var said = await page.EvaluateAsync<int[]>("""
            async () => {
              const { Handing } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'trace/handing.js'));
              const [said, hanging] = [[], []];
              const handing = new Handing((_, to) => {
                said.push(to);
                return new Promise(resolve => hanging.push(resolve));
              });
              const add = who => handing.add(who, new Uint8Array([2]), [].values());
              for (let i = 0; i < 6; i++) add(`lost ${i}`);
              handing.clear();
              for (let i = 0; i < 6; i++) add(`here ${i}`);
              const here = () => said.filter(to => to.startsWith('here')).length;
              const counts = [here()];
              for (const resolve of hanging.splice(0, 4)) resolve(0);
              await new Promise(resolve => setTimeout(resolve));
              counts.push(here());
              for (const resolve of hanging.splice(0)) resolve(0);
              await new Promise(resolve => setTimeout(resolve));
              return [...counts, here()];
            }
            """);
        Assert.Equal([4, 4, 6], said);
    }

    private static Task WaitAsync(IPage page, string condition) =>
        RunUntilAsync(page, () => page.EvaluateAsync<bool>(condition), condition, most: 60, step: 1); // the clock stands almost still
}
