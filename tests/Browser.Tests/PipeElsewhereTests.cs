using System.Security.Cryptography;

namespace Malten.Browser.Tests;

/// <summary>A pipe is heard while another stream is looked at, for as long as its tab is there.</summary>
public sealed class PipeElsewhereTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task Texts_arrive_and_are_counted_beside_the_pipe_while_another_stream_is_looked_at()
    {
        var (ann, bob) = await MeetAsync();
        await SayAsync(ann, "one");
        await Expect(Texts(bob)).ToHaveTextAsync(["one"]);
        await LeaveAsync(ann);
        await SayAsync(bob, "two");
        await SayAsync(bob, "three");
        await Expect(bob.Locator(".receipt").Last).ToHaveTextAsync("received");
        await Expect(ann.Locator("#visited a.pipe .badge")).ToHaveTextAsync("2 new");
        await Expect(bob.Locator("#activity")).ToBeEmptyAsync(); // she is connected
        await SayAsync(ann, "to everybody");
        await ann.ClickAsync("#visited a.pipe");
        await Expect(Texts(ann)).ToHaveTextAsync(["one", "two", "three"]);
        await Expect(ann.Locator("#visited .badge")).ToHaveCountAsync(0);
        await SayAsync(bob, "four");
        await Expect(Texts(ann)).ToHaveTextAsync(["one", "two", "three", "four"]);
        await Expect(ann.Locator(".note, .broken")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Two_who_hear_a_pipe_begin_its_handshake_once()
    {
        var ann = await OpenAsync("");
        var link = await PipeTests.InviteAsync(ann);
        var bob = await OpenAsync("#_");
        Assert.Equal(1, await bob.EvaluateAsync<int>("""
            async link => {
              const here = document.querySelector('script[type=module]').src;
              const { PipeChannel } = await import(new URL('channels/pipe.js', here));
              const { parse } = await import(new URL('address.js', here));
              const posted = [];
              const pipe = PipeChannel.join(parse(link), async (_, what) => void posted.push(what));
              await Promise.all([pipe.settle(), pipe.settle()]); // as when another stream comes on the screen meanwhile
              await pipe.settle();
              return posted.length;
            }
            """, link));
    }

    [Fact]
    public async Task A_pipe_whose_messages_open_slowly_leaves_the_next_stream_where_its_reader_is()
    {
        const string Slow = """
            const { importKey } = crypto.subtle;
            crypto.subtle.importKey = async (...all) => {
              await window.holdUp;
              return importKey.apply(crypto.subtle, all);
            };
            """;
        var ann = await OpenAsync("");
        var link = await PipeTests.InviteAsync(ann);
        var bob = await OpenAsync(link);
        await PipeTests.OpenPipeAsync(bob);
        await PipeTests.CodeAsync(bob);
        for (var i = 0; i < 20; i++) await Node.PostAsync("long", $"text {i} {new string('x', 500)}");
        var carol = await OpenAsync(link, script: Slow);
        await carol.EvaluateAsync("() => { window.holdUp = new Promise(resolve => (window.goOn = resolve)); }");
        await carol.RunAndWaitForResponseAsync(() => PipeTests.OpenPipeAsync(carol), response => response.Url.Contains("/messages?", StringComparison.Ordinal));
        await Expect(carol.Locator("#visited a.pipe")).ToHaveCountAsync(1);
        await carol.EvaluateAsync("() => { location.hash = '#long'; }");
        await Expect(Texts(carol)).ToHaveCountAsync(20);
        await ListensAsync(carol);
        await carol.EvaluateAsync("() => document.querySelectorAll('.message')[5].scrollIntoView()");
        var top = await carol.EvaluateAsync<int>("document.querySelector('.message').getBoundingClientRect().top");
        await carol.EvaluateAsync("goOn()");
        await Expect(carol.Locator("#visited a.pipe .badge")).ToHaveTextAsync("1 new"); // it is used up
        Assert.Equal(top, await carol.EvaluateAsync<int>("document.querySelector('.message').getBoundingClientRect().top"));
    }

    [Fact]
    public async Task What_comes_while_the_network_is_away_is_heard_later()
    {
        var (ann, bob) = await MeetAsync();
        await LeaveAsync(ann);
        await SayAsync(bob, "before");
        await Expect(ann.Locator("#visited a.pipe .badge")).ToHaveTextAsync("1 new");
        await ann.Context.SetOfflineAsync(true);
        Node.CutEvents();
        await SayAsync(bob, "meanwhile");
        await ann.Context.SetOfflineAsync(false);
        await Expect(ann.Locator("#visited a.pipe .badge")).ToHaveTextAsync("2 new", new() { Timeout = 30_000 });
    }

    [Fact]
    public async Task An_invitation_is_answered_and_the_end_of_a_pipe_is_told_on_return()
    {
        var ann = await OpenAsync("");
        var link = await PipeTests.InviteAsync(ann);
        await LeaveAsync(ann);
        var bob = await OpenAsync(link);
        await PipeTests.OpenPipeAsync(bob);
        var code = await PipeTests.CodeAsync(bob);
        await Expect(ann.Locator("#visited a.pipe .badge")).ToHaveTextAsync("1 new");
        await ann.ClickAsync("#visited a.pipe");
        Assert.Equal(code, await PipeTests.CodeAsync(ann));
        await LeaveAsync(ann);
        await bob.GotoAsync("about:blank");
        await Expect(ann.Locator("#visited a.pipe .badge")).ToHaveTextAsync("1 new");
        await ann.ClickAsync("#visited a.pipe");
        await Expect(ann.Locator(".line.gap")).ToContainTextAsync("The other person has left, and said so");
        await Expect(ann.Locator("#box")).ToBeDisabledAsync();
    }

    [Fact]
    public async Task Several_pipes_are_heard_and_leave_connections_for_the_rest()
    {
        var ann = await OpenAsync("");
        List<IPage> others = [];
        for (var i = 0; i < 6; i++)
        {
            others.Add(await OpenAsync(await PipeTests.InviteAsync(ann)));
            await PipeTests.OpenPipeAsync(others[i]);
            await PipeTests.CodeAsync(others[i]);
        }

        await LeaveAsync(ann);
        foreach (var other in others) await SayAsync(other, "here");
        await Expect(ann.Locator("#visited a.pipe .badge")).ToHaveCountAsync(others.Count);
        foreach (var badge in await ann.Locator("#visited a.pipe .badge").AllAsync()) await Expect(badge).ToHaveTextAsync("1 new");
        await SayAsync(ann, "the browser has connections left");
        foreach (var pipe in await ann.Locator("#visited a.pipe").AllAsync())
        {
            await pipe.ClickAsync();
            await Expect(Texts(ann)).ToHaveTextAsync(["here"]);
        }
    }

    [Fact]
    public async Task A_file_goes_on_while_its_sender_looks_at_another_stream()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, RandomNumberGenerator.GetBytes(24_000_000), TestContext.Current.CancellationToken); // more than is sent unheard
            var (ann, bob) = await MeetAsync("delete globalThis.showSaveFilePicker");
            await ann.SetInputFilesAsync("#file-input", path);
            var save = bob.Locator(".file").GetByRole(AriaRole.Button, new() { Name = "Save" });
            await Expect(save).ToBeVisibleAsync();
            await LeaveAsync(ann);
            await save.ClickAsync();
            await Expect(bob.Locator(".file").GetByRole(AriaRole.Link, new() { Name = "Download" })).ToBeVisibleAsync(new() { Timeout = 60_000 });
            await ann.ClickAsync("#visited a.pipe");
            await Expect(ann.Locator(".file-state")).ToHaveTextAsync("Sent, and checked by the other side.");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task LeaveAsync(IPage page)
    {
        await page.ClickAsync("#home");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("The open stream");
        await ListensAsync(page);
    }

    private async Task<(IPage Ann, IPage Bob)> MeetAsync(string? script = null)
    {
        var ann = await OpenAsync("", script: script);
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann), script: script);
        await PipeTests.OpenPipeAsync(bob);
        foreach (var page in (IPage[])[ann, bob]) await PipeTests.CodeAsync(page);
        return (ann, bob);
    }
}
