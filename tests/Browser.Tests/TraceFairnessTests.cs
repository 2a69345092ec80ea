using System.Globalization;
using System.Security.Cryptography;
using Malten.Browser.Tests.Reference;
using Microsoft.AspNetCore.Http;

namespace Malten.Browser.Tests;

/// <summary>
/// Nobody who takes nothing, asks for too much or sends rubbish keeps others from being heard, or from being handed what was said.
/// Where their time matters, a page's clock stands still while something is on its way.
/// </summary>
public sealed class TraceFairnessTests(Chromium chromium) : TraceTest(chromium)
{
    private const string Answering = """
        const { Answers } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'trace/answers.js'));
        const entries = count => Array.from({ length: count }, (_, number) =>
          ({ number, id: '00000000-0000-0000-0000-000000000000', created: 1024, signed: new Uint8Array(300) }));
        window.answering = count => {
          const said = new Map();
          const all = entries(count);
          const answers = new Answers({ of: (_, first) => all.slice(first) }, {
            author: () => ({ id: 'A'.repeat(86) }),
            here: async () => new Uint8Array([2]),
            attempt: async (frame, to) => {
              if (!said.has(to)) said.set(to, { heres: 0, messages: 0 });
              said.get(to)[frame[0] === 2 ? 'heres' : 'messages'] += frame[0] === 2 ? 1 : frame[1];
              return 0;
            },
          });
          return { answers, said };
        };
        """;

    [Fact]
    public async Task Those_who_take_nothing_and_go_on_asking_hold_up_nobody()
    {
        var (room, link) = await BeginRoomAsync();
        var ann = await OpenWithClockAsync(link);
        await ListensAsync(ann);
        for (var i = 0; i < 30; i++) await SayAsync(ann, string.Create(CultureInfo.InvariantCulture, $"{i}"));
        var slow = new List<TracePeer> { await ComeAsync(room), await ComeAsync(room) };
        Node.Instead = context =>
        {
            var refuses = context.Request.Path == "/signals" && context.Request.ContentLength > 1000
                && slow.Any(peer => BodyOf(context).Contains(peer.Listener, StringComparison.Ordinal));
            if (refuses) (context.Response.StatusCode, context.Response.Headers.RetryAfter) = (429, "1");
            return refuses;
        };
        await PauseAsync(ann);
        for (var round = 0; round < 2; round++)
        {
            var heres = slow.Sum(Heres);
            foreach (var peer in slow) await peer.SignalAsync(TraceRoom.SayHello());
            await RunUntilAsync(ann, () => slow.Sum(Heres) >= heres + 2, "an answer to those who are slow");
            await ann.Clock.RunForAsync(3000);
        }

        await using var third = await ComeAsync(room);
        await third.SignalAsync(TraceRoom.SayHello());
        await RunUntilAsync(ann, () => Handed(third) >= 30, "everything for the third");
        Node.Instead = null;
        await RunUntilAsync(ann, () => slow.All(peer => Handed(peer) == 30), "everything for those who take it now");
        foreach (var peer in slow) await peer.DisposeAsync();
    }

    [Fact]
    public async Task Whoever_asks_for_the_same_again_waits_for_it_and_whoever_comes_does_not()
    {
        var page = await OpenAnsweringAsync();
        await page.EvaluateAsync("""
            () => {
              Object.assign(window, answering(1024));
              window.few = answering(1024);
              window.ask = () => {
                for (let i = 0; i < 40; i++) window.answers.hear(`liar ${i}`, new Map());
                for (let i = 0; i < 3; i++) window.few.answers.hear(`liar ${i}`, new Map());
              };
              window.ask();
              setInterval(window.ask, 3000);
            }
            """);
        await page.Clock.RunForAsync(60_000);
        await page.EvaluateAsync("window.answers.hear('newcomer', new Map())");
        await page.Clock.RunForAsync(3500);
        Assert.Equal(1024, await page.EvaluateAsync<int>("window.said.get('newcomer').messages"));
        var handed = await page.EvaluateAsync<int[]>("[...window.few.said.values()].map(({ messages }) => messages)");
        Assert.All(handed, count => Assert.InRange(count, 2 * 1024, 5 * 1024)); // of 20 times: once, once more at once, and then every half minute
        var heres = await page.EvaluateAsync<int[]>("[...window.few.said.values()].map(({ heres }) => heres)");
        Assert.All(heres, count => Assert.InRange(count, 20, 26)); // that its author is here is told each time
    }

    [Fact]
    public async Task Whoever_was_never_answered_displaces_those_who_were_and_more_at_once_are_answered_too()
    {
        var page = await OpenAnsweringAsync();
        await page.EvaluateAsync("""
            () => {
              Object.assign(window, answering(1));
              window.ask = () => {
                for (let i = 0; i < 130; i++) window.answers.hear(`liar ${i}`, new Map());
              };
              window.ask();
            }
            """);
        await page.Clock.RunForAsync(200);
        Assert.Equal(130, await HandedAsync(page, "liar"));
        await page.EvaluateAsync("""
            () => {
              window.ask();
              window.answers.hear('honest 1', new Map());
              window.ask();
            }
            """);
        await page.Clock.RunForAsync(200);
        Assert.Equal(1, await HandedAsync(page, "honest"));
        await page.EvaluateAsync("for (let i = 2; i <= 400; i++) window.answers.hear(`honest ${i}`, new Map())");
        await page.Clock.RunForAsync(200);
        Assert.Equal(400, await HandedAsync(page, "honest"));
    }

    [Fact]
    public async Task Five_who_send_rubbish_silence_nobody_and_nobody_is_accused_for_it()
    {
        var (room, link) = await BeginRoomAsync();
        await using var honest = await TracePeer.ComeAsync(Node, room, "honest");
        honest.Have(300, at => $"honest {at}");
        honest.Answers = false;
        var liars = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ComeAsync(room)));
        var page = await OpenAsync(link);
        await UntilAsync(() => honest.Heard.Any(heard => heard.Frame[0] == TraceRoom.Hello), "a hello");
        var rubbish = Bytes.Prefix + Bytes.ToBase64Url(RandomNumberGenerator.GetBytes(300));
        foreach (var liar in liars)
            for (var i = 0; i < 33; i++) await liar.SignalTextAsync(rubbish);
        var listener = honest.Heard.First(heard => heard.Frame[0] == TraceRoom.Hello).From;
        await honest.SayHereAsync(listener);
        await honest.HandOverAsync(listener);
        await Expect(Texts(page)).ToHaveCountAsync(300);
        await ExpectNoFindingsAsync(page);
        foreach (var liar in liars) await liar.DisposeAsync();
    }

    [Fact]
    public async Task Whoever_was_not_heard_for_a_while_is_asked_when_they_are_and_not_accused()
    {
        var (room, link) = await BeginRoomAsync();
        await using var busy = await TracePeer.ComeAsync(Node, room, "busy");
        busy.Have(20, at => $"busy {at}");
        busy.Answers = false;
        var page = await OpenWithClockAsync(link);
        await ListensAsync(page);
        await UntilAsync(() => Hellos(busy) == 1, "a hello");
        await PauseAsync(page);
        await busy.SayHereAsync();
        await RunUntilAsync(page, async () => await page.InnerTextAsync("#status") == "Fetching history from one person…", "the status", most: 500);
        for (var i = 0; i < 33; i++) await busy.SignalTextAsync(Bytes.Prefix + Bytes.ToBase64Url(RandomNumberGenerator.GetBytes(300)));
        // Nothing is expected of somebody who is not heard; each second in which the rubbish is not there yet, they are asked.
        await RunUntilAsync(page, async () => await page.InnerTextAsync("#status") == "", "silence", most: 4000);
        var hellos = Hellos(busy);
        busy.Answers = true;
        await page.Clock.RunForAsync(30_000);
        await Expect(page.Locator(".line")).ToHaveCountAsync(0);
        Assert.Equal(hellos, Hellos(busy));
        await RunUntilAsync(page, () => Hellos(busy) > hellos, "a hello when the minute is over", most: 30_000, step: 250);
        await page.Clock.ResumeAsync();
        await Expect(Texts(page)).ToHaveCountAsync(20);
        await ExpectNoFindingsAsync(page);
    }

    [Fact]
    public async Task What_a_proxy_answers_for_a_moment_is_no_reason_to_be_silent()
    {
        var (room, link) = await BeginRoomAsync();
        await using var bob = await TracePeer.ComeAsync(Node, room, "Bob");
        bob.Have(2, at => $"from bob {at}");
        var left = 1;
        Node.Instead = context =>
        {
            var fails = context.Request.Path == "/signals" && context.Request.Headers.UserAgent.ToString().StartsWith("Mozilla", StringComparison.Ordinal)
                && Interlocked.Decrement(ref left) >= 0;
            if (fails) context.Response.StatusCode = 502;
            return fails;
        };
        var page = await OpenAsync(link);
        await Expect(Texts(page)).ToHaveTextAsync(["from bob 0", "from bob 1"]);
        await ExpectNoFindingsAsync(page);
        await SayAsync(page, "from the page");
        left = 1;
        await bob.SignalAsync(TraceRoom.SayHello());
        await UntilAsync(() => Handed(bob) == 1, "what the page said");
    }

    [Fact]
    public async Task A_page_that_connects_anew_says_hello_each_time_whatever_others_provoked()
    {
        var (room, link) = await BeginRoomAsync();
        await using var bob = await TracePeer.ComeAsync(Node, room, "Bob");
        var ann = await OpenWithClockAsync(link);
        await ListensAsync(ann);
        await UntilAsync(() => Hellos(bob) == 1, "a hello");
        await PauseAsync(ann); // what others provoke is allowed anew as time passes
        for (var i = 0; i < 14; i++)
        {
            var before = Hellos(bob);
            await ann.EvaluateAsync("dispatchEvent(new Event('online'))");
            await RunUntilAsync(ann, () => Hellos(bob) > before, "another hello");
        }
    }

    [Fact]
    public async Task A_clock_that_is_set_back_an_hour_stops_nothing()
    {
        var (room, link) = await BeginRoomAsync();
        var ann = await OpenWithClockAsync(link);
        await ListensAsync(ann);
        await SayAsync(ann, "from ann");
        await using var bob = await TracePeer.ComeAsync(Node, room, "Bob");
        for (var i = 1; i < 3; i++)
        {
            await bob.SignalAsync(TraceRoom.SayHello());
            await bob.SayAsync($"to wait for {i}");
            await Expect(Texts(ann)).ToHaveCountAsync(i + 1);
            await ann.Clock.RunForAsync(3100);
            await UntilAsync(() => Heres(bob) == i, "another answer");
            await ann.EvaluateAsync("Date.now = (real => () => real() - 3_600_000)(Date.now)");
        }

        bob.Have(1, _ => "handed over");
        await bob.SayHereAsync();
        await bob.HandOverAsync("");
        await Expect(Texts(ann)).ToHaveCountAsync(4); // it is not from the future
    }

    [Fact]
    public async Task Nobody_is_taken_for_gone_before_a_page_that_slept_has_heard_what_came_meanwhile()
    {
        var (_, link) = await BeginRoomAsync();
        var page = await OpenWithClockAsync(link);
        await ListensAsync(page);
        await PauseAsync(page);
        await page.EvaluateAsync("""
            async () => {
              const { Members } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'trace/members.js'));
              window.gone = [];
              window.members = new Members(author => window.gone.push(author));
              for (const author of ['here again', 'gone']) window.members.see(author);
            }
            """);
        await page.Clock.FastForwardAsync(40_000);
        Assert.Empty(await page.EvaluateAsync<string[]>("window.gone"));
        await page.EvaluateAsync("window.members.bind('listener', 'here again')");
        await page.Clock.RunForAsync(4000);
        Assert.Equal(["gone"], await page.EvaluateAsync<string[]>("window.gone"));
        await page.EvaluateAsync("window.members.see('gone in a hidden tab')"); // where every timer is late
        for (var i = 0; i < 2; i++) await page.Clock.FastForwardAsync(60_000);
        Assert.Equal(["gone", "gone in a hidden tab"], await page.EvaluateAsync<string[]>("window.gone"));
    }

    private Task<TracePeer> ComeAsync(TraceRoom room) => TracePeer.ComeAsync(Node, room, "somebody");

    /// <summary>A page whose clock the test can turn, with what answers hellos.</summary>
    private async Task<IPage> OpenAnsweringAsync()
    {
        var (_, link) = await BeginRoomAsync();
        var page = await OpenWithClockAsync(link);
        await ListensAsync(page);
        await PauseAsync(page);
        await page.EvaluateAsync($"async () => {{ {Answering} }}");
        return page;
    }

    private static Task<int> HandedAsync(IPage page, string who) =>
        page.EvaluateAsync<int>("who => [...window.said].filter(([to, { messages }]) => to.startsWith(who) && messages > 0).length", who);

    private static int Handed(TracePeer peer) => peer.Heard.Where(heard => heard.Frame[0] == TraceRoom.Messages).Sum(heard => heard.Frame[1]);

    private static int Heres(TracePeer peer) => peer.Heard.Count(heard => heard.Frame[0] == TraceRoom.Here);

    private static int Hellos(TracePeer peer) => peer.Heard.Count(heard => heard.Frame[0] == TraceRoom.Hello);

    private static string BodyOf(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, leaveOpen: true);
        var body = reader.ReadToEnd();
        context.Request.Body.Position = 0;
        return body;
    }
}
