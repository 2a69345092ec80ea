using System.Security.Cryptography;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>Participants of a stream that leaves no trace who lie: each can withhold or spoil what is their own, and nothing else.</summary>
public sealed class TraceLiarTests(Chromium chromium) : TraceTest(chromium)
{
    private TraceRoom _room = null!;
    private string _link = "";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        (_room, _link) = await BeginRoomAsync();
    }

    [Fact]
    public async Task What_others_wrote_is_not_taken_from_anybody_else_nor_what_was_changed_or_came_before()
    {
        await using var honest = await ComeAsync("honest");
        await using var liar = await ComeAsync("liar");
        honest.Have(3, at => $"honest {at}");
        liar.Have(4, at => $"own {at}");
        liar.Answers = false;
        var page = await OpenAsync(_link);
        var listener = await HelloFromAsync(liar);
        await Expect(Texts(page)).ToHaveTextAsync(["honest 0", "honest 1", "honest 2"]);

        await liar.SayHereAsync(listener);
        var (first, changed) = (liar.Own[0], liar.Own[1].Content.ToArray());
        changed[^100] ^= 1;
        await liar.HandOverAsync(listener, [honest.Own[0], first, liar.Own[1] with { Content = changed }]);
        await liar.HandOverAsync(listener, [first, first with { Id = Guid.NewGuid().ToString() }, first with { Created = 1025 }]);
        await liar.HandOverAsync(listener, [liar.Own[2] with { Created = long.MaxValue / 1024 * 1024 }, liar.Own[3]]);
        await Expect(Texts(page)).ToHaveTextAsync(["own 0", "honest 0", "honest 1", "honest 2", "own 3"]);
        await Expect(page.Locator(".broken")).ToHaveCountAsync(0);
        Assert.Equal(5, await Texts(page).CountAsync());
    }

    [Fact]
    public async Task Nobody_speaks_or_leaves_for_another_and_what_has_gone_does_not_come_back()
    {
        var victim = await ComeAsync("victim");
        await using var liar = await ComeAsync("liar");
        await victim.SayAsync("from the victim");
        var page = await OpenAsync(_link);
        await Expect(Texts(page)).ToHaveTextAsync(["from the victim"]);
        await HelloFromAsync(liar);
        await victim.SayHereAsync();
        await UntilAsync(() => liar.Heard.Any(heard => heard.From == victim.Listener && heard.Frame[0] == TraceRoom.Here), "the victim's word");

        var listener = (await HelloFromAsync(liar))!;
        await victim.SayFarewellAsync(signer: liar.Author);
        await liar.SayAsync("from the liar");
        await Expect(Texts(page).Last).ToHaveTextAsync("from the liar");
        await Expect(page.Locator(".message:not(.broken) .text")).ToHaveTextAsync(["from the victim", "from the liar"]);

        await victim.SayFarewellAsync();
        await Expect(page.Locator(".message:not(.broken) .text")).ToHaveTextAsync(["from the liar"]);
        var overheard = liar.Heard.First(heard => heard.From == victim.Listener && heard.Frame[0] == TraceRoom.Here).Frame;
        await liar.SignalAsync(overheard);
        await victim.SayHereAsync();
        await liar.HandOverAsync(listener, victim.Own);
        await victim.HandOverAsync(listener);
        await liar.SayAsync("to wait for");
        await Expect(page.Locator(".message:not(.broken) .text")).ToHaveTextAsync(["from the liar", "to wait for"]);
        await victim.DisposeAsync();
        await Expect(page.Locator(".line.gap:not(.unreadable)")).ToHaveTextAsync("victim left, and one message with them.");
    }

    [Fact]
    public async Task Whoever_withholds_withholds_their_own_and_people_are_told()
    {
        await using var honest = await ComeAsync("honest");
        await using var liar = await ComeAsync("liar");
        honest.Have(30, at => $"honest {at}");
        liar.Have(3, at => $"own {at}");
        liar.Answers = false;
        var page = await OpenAsync(_link);
        await liar.SayHereAsync(await HelloFromAsync(liar));
        await Expect(page.Locator("#status")).ToHaveTextAsync("Fetching history from one person…");
        await Expect(Texts(page)).ToHaveCountAsync(30);
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("somebody did not hand it over");
        await Expect(page.Locator("#status")).ToBeEmptyAsync();
        Assert.Equal(6, liar.Heard.Count(heard => heard.Frame[0] == TraceRoom.Hello)); // to all once, and five times to the liar
    }

    [Fact]
    public async Task A_flood_of_hellos_is_answered_seldom_and_rubbish_is_not_looked_at_for_ever()
    {
        var ann = await OpenAsync(_link);
        await ListensAsync(ann);
        for (var i = 0; i < 5; i++) await SayAsync(ann, $"from ann {i}");
        await using var liar = await ComeAsync("liar");
        var before = Signals();
        for (var i = 0; i < 200; i++) await liar.SignalAsync(TraceRoom.SayHello());
        for (var i = 0; i < 60; i++) await liar.SignalTextAsync(Bytes.Prefix + Bytes.ToBase64Url(RandomNumberGenerator.GetBytes(500)));
        await SayAsync(ann, "still here");
        var answers = Signals() - before;
        Assert.InRange(answers, 1, 8); // one, with two frames, each three seconds

        liar.Have(1, _ => "from one who sent rubbish");
        await liar.SayHereAsync();
        await liar.HandOverAsync("");
        await using var honest = await ComeAsync("honest");
        await honest.SayAsync("from somebody else");
        await Expect(Texts(ann).Last).ToHaveTextAsync("from somebody else");
        await Expect(Texts(ann)).ToHaveCountAsync(7);
    }

    [Fact]
    public async Task Whoever_hands_over_too_much_displaces_only_their_own()
    {
        await using var honest = await ComeAsync("honest");
        await using var liar = await ComeAsync("liar");
        honest.Have(40, at => $"honest {at}");
        liar.Have(1100, at => $"own {at}");
        var page = await OpenWithClockAsync(_link);
        await Expect(Texts(page).GetByText("own 1099", new() { Exact = true })).ToHaveCountAsync(1);
        await Expect(Texts(page)).ToHaveCountAsync(1024);
        await Expect(Texts(page).GetByText("honest", new() { Exact = false })).ToHaveCountAsync(40);
        await Expect(page.Locator("#status")).ToBeEmptyAsync();
        await UntilAsync(() => liar.Hellos.Any() && liar.Answered == liar.Hellos.Count(), "a hello"); // more than one where the liar was slow
        await honest.SayAsync("before");
        await Expect(Texts(page).Last).ToHaveTextAsync("before");
        var hellos = liar.Hellos.Count();
        await page.Clock.RunForAsync(10_000);
        await honest.SayAsync("to wait for");
        await Expect(Texts(page).Last).ToHaveTextAsync("to wait for");
        await Expect(page.Locator(".line")).ToHaveCountAsync(0); // what there is no room for is not missing, and nobody withholds it
        Assert.Equal(hellos, liar.Hellos.Count());
    }

    [Fact]
    public async Task Nobody_takes_the_place_of_what_another_wrote_by_its_id()
    {
        await using var honest = await ComeAsync("honest");
        await using var liar = await ComeAsync("liar");
        var live = Guid.NewGuid().ToString();
        honest.Have(3, at => $"honest {at}");
        honest.Answers = false;
        liar.Have([.. honest.Own.Select(one => one.Id), live], at => $"own {at}");
        var page = await OpenAsync(_link);
        await Expect(Texts(page)).ToHaveTextAsync(["own 0", "own 1", "own 2", "own 3"]);
        var listener = await HelloFromAsync(honest);
        await honest.SayHereAsync(listener);
        await honest.HandOverAsync(listener);
        await Expect(Texts(page)).ToHaveCountAsync(7);
        await honest.SayAsync("honest and live", live);
        await Expect(Texts(page).Last).ToHaveTextAsync("honest and live");
        await Expect(Texts(page).GetByText("honest", new() { Exact = false })).ToHaveCountAsync(4);
        await ExpectNoFindingsAsync(page);
    }

    [Fact]
    public async Task An_author_whose_word_was_lost_is_asked_again_and_shown_whenever_they_write()
    {
        await using var honest = await ComeAsync("honest");
        honest.Answers = false;
        var page = await OpenWithClockAsync(_link);
        await ListensAsync(page);
        await HelloFromAsync(honest);
        await honest.SayAsync("one");
        await Expect(Texts(page)).ToHaveTextAsync(["one"]);
        await page.Clock.RunForAsync(6_000);
        await UntilAsync(() => honest.Heard.Count(heard => heard.Frame[0] == TraceRoom.Hello) > 1, "another hello");
        await page.Clock.RunForAsync(16_000);
        await Expect(page.Locator(".line.gap")).ToHaveTextAsync("honest left, and one message with them.");
        await honest.SayAsync("two");
        await Expect(Texts(page)).ToHaveTextAsync(["two"]);
        honest.Answers = true; // to those who ask once more
        await page.Clock.RunForAsync(6_000);
        await Expect(Texts(page)).ToHaveTextAsync(["one", "two"]);
        await page.Clock.RunForAsync(30_000);
        await Expect(Texts(page)).ToHaveTextAsync(["one", "two"]);
    }

    [Fact]
    public async Task Keys_that_nobody_speaks_for_displace_each_other_and_nobody_displaces_what_the_page_wrote()
    {
        var page = await OpenAsync(_link);
        var kept = await page.EvaluateAsync<string[]>("""
            async () => {
              const { History } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'trace/history.js'));
              const history = new History(author => author === 'own', author => author === 'honest');
              const add = (author, number) =>
                history.add({ key: `${author} ${number}`, id: String(number), author, number, skipped: 0, created: number });
              for (let i = 0; i < 40; i++) for (const author of ['own', 'honest']) add(author, i);
              for (let i = 0; i < 3000; i++) add(`key ${i}`, i);
              const counts = ['own', 'honest'].map(author => history.of(author).length);
              return [...counts, history.all.length, history.floor('honest'), history.complete('honest', 0)].map(String);
            }
            """);
        Assert.Equal(["40", "40", "1064", "-1", "39"], kept);
    }

    [Fact]
    public async Task Twenty_tabs_come_go_reload_and_lie_and_all_see_the_same()
    {
        var pages = new List<IPage>();
        for (var i = 0; i < 12; i++) pages.Add(await OpenAsync(_link));
        foreach (var page in pages) await ListensAsync(page);
        await Task.WhenAll(pages.Select((page, i) => SayAsync(page, $"from {i}")));
        await using var liar = await ComeAsync("liar");
        await liar.SayAsync("from the liar");
        var lies = LieAsync(liar);
        foreach (var page in pages.Skip(8)) await page.CloseAsync();
        foreach (var page in pages.Skip(6).Take(2))
        {
            page.Dialog += (_, dialog) => dialog.AcceptAsync();
            await page.ReloadAsync();
            await ListensAsync(page);
        }

        await Task.WhenAll(pages.Skip(6).Take(2).Select((page, i) => SayAsync(page, $"again from {i + 6}")));
        var late = new List<IPage>();
        for (var i = 0; i < 8; i++) late.Add(await OpenAsync(_link));
        await SayAsync(late[0], "from a late one");
        await lies;
        string[] expected = [.. Enumerable.Range(0, 6).Select(i => $"from {i}"), "again from 6", "again from 7", "from a late one", "from the liar"];
        foreach (var page in pages.Take(8).Concat(late))
        {
            await Expect(Texts(page)).ToHaveCountAsync(expected.Length);
            Assert.Equal(expected.Order(), (await Texts(page).AllTextContentsAsync()).Order());
            await Expect(page.Locator(".broken")).ToHaveCountAsync(0);
        }
    }

    private Task<TracePeer> ComeAsync(string name) => TracePeer.ComeAsync(Node, _room, name);

    /// <summary>The listener that said hello last.</summary>
    private static async Task<string> HelloFromAsync(TracePeer peer)
    {
        await UntilAsync(() => peer.Heard.Any(heard => heard.Frame[0] == TraceRoom.Hello), "a hello");
        return peer.Heard.Last(heard => heard.Frame[0] == TraceRoom.Hello).From;
    }

    /// <summary>Sends others what they must not take, while they come and go.</summary>
    private static async Task LieAsync(TracePeer liar)
    {
        for (var round = 0; round < 20; round++)
        {
            foreach (var (from, frame) in liar.Heard.Where(heard => heard.Frame[0] != TraceRoom.Hello).ToList()) await liar.SignalAsync(frame, from);
            foreach (var (_, frame) in liar.Heard.TakeLast(3)) await liar.SignalAsync(frame);
            await liar.SignalAsync(RandomNumberGenerator.GetBytes(300));
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>How many signals browsers have sent.</summary>
    private int Signals() => Node.Received.Count(request =>
        request.StartsWith("POST /signals", StringComparison.Ordinal) && request.Contains("Mozilla", StringComparison.Ordinal));
}
