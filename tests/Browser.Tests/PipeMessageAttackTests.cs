using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Malten.Browser.Tests.Reference;
using Malten.Testing;

namespace Malten.Browser.Tests;

/// <summary>
/// A hostile server chooses what a page gets of a pipe's messages, and the page shows order and losses by what is inside.
/// </summary>
public sealed class PipeMessageAttackTests(Chromium chromium) : PageTest(chromium)
{
    private HostileServer _server = null!;
    private PipePeer _peer = null!;
    private IPage _page = null!;

    /// <summary>A page that has opened the link of a peer written for .NET, through a server that can lie to it.</summary>
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _server = await HostileServer.StartAsync(Node);
        var (stream, own, others) = await PipePeer.BeginAsync(Node);
        _peer = new PipePeer(Node, stream, own);
        using var pair = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var kem = new MlKem768(RandomNumberGenerator.GetBytes(64));
        var inviter = new Pipe2Inviter(pair, kem, RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(16));
        _page = await OpenAsync($"#/p/{stream}.{others}.{inviter.Link(stream).Token}", address: _server.AddressOf(Reader.First));
        await PipeTests.OpenPipeAsync(_page);
        var keys = await _peer.InviteAsync(inviter);
        Assert.True(keys.IsHybrid);
        Assert.Equal(keys.Code, await PipeTests.CodeAsync(_page));
        await ListensAsync(_page);
    }

    public override async ValueTask DisposeAsync()
    {
        await _peer.DisposeAsync();
        await _server.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Honestly_carried_messages_are_shown_and_acknowledged_without_a_note()
    {
        await _peer.SayAsync("one", "dot net");
        await Expect(Texts(_page)).ToHaveTextAsync(["one"]);
        await Expect(_page.Locator(".message .name")).ToHaveTextAsync("dot net");
        await SayAsync(_page, "two");
        Pipe2Said said;
        do said = await _peer.HearAsync();
        while (said.Kind != Pipe2Said.Words);
        Assert.Equal(("two", 1L, 1L), (said.Text, said.Number, said.Newest));
        await Expect(_page.Locator(".receipt")).ToHaveTextAsync("not received yet");
        await _peer.AcknowledgeAsync();
        await Expect(_page.Locator(".receipt")).ToHaveTextAsync("received");
        await Expect(_page.Locator(".note")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_page_acknowledges_what_it_got_by_itself()
    {
        await _peer.SayAsync("one");
        await _peer.SayAsync("two");
        Pipe2Said said;
        do said = await _peer.HearAsync();
        while (said.Newest < 2);
        Assert.Equal((Pipe2Said.Note, 0L), (said.Kind, said.Number));
    }

    [Fact]
    public async Task A_repeated_message_is_shown_once()
    {
        _server.Tamper = (_, message) => IsPeers(message) ? [message, HostileServer.Copy(message)] : [message];
        await _peer.SayAsync("pay once");
        await Expect(_page.Locator(".broken .text")).ToContainTextAsync("came twice");
        await Expect(Texts(_page).GetByText("pay once", new() { Exact = true })).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_message_played_back_to_its_sender_is_not_taken_for_the_others()
    {
        _server.Tamper = (_, message) => IsPeers(message) ? [message] : [message, HostileServer.Copy(message)];
        await SayAsync(_page, "mine");
        await Expect(_page.Locator(".broken .text").First).ToContainTextAsync("does not decrypt");
        await Expect(Texts(_page).GetByText("mine", new() { Exact = true })).ToHaveCountAsync(1);
        await Expect(_page.Locator(".message.sealed:not(.own)")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Another_date_changes_nothing_in_the_order_and_is_noticed()
    {
        var count = 0;
        _server.Tamper = (_, message) => [IsPeers(message) ? HostileServer.Redate(message, 3_600_000 / ++count) : message];
        await _peer.SayAsync("first");
        await _peer.SayAsync("second");
        await Expect(Texts(_page)).ToHaveTextAsync(["first", "second"]);
        await Expect(_page.Locator(".note").First).ToContainTextAsync("browser dates it");
    }

    [Fact]
    public async Task Messages_in_another_order_stand_in_their_own()
    {
        JsonObject? held = null;
        _server.Tamper = (_, message) =>
        {
            if (!IsPeers(message)) return [message];
            if (held is not null) return [message, HostileServer.Redate(held, 10)];
            held = message;
            return [];
        };
        await _peer.SayAsync("first");
        await _peer.SayAsync("second");
        await Expect(Texts(_page)).ToHaveTextAsync(["first", "second"]);
        await Expect(_page.Locator(".message").First.Locator(".note")).ToHaveTextAsync("Arrived late, and stands here in its own place.");
        await Expect(_page.Locator(".message").Last.Locator(".note")).ToHaveTextAsync("A message before this one did not arrive.");
    }

    [Fact]
    public async Task A_message_that_was_dropped_is_missed()
    {
        string? dropped = null;
        _server.Tamper = (_, message) => IsPeers(message) && (dropped ??= IdOf(message)) == IdOf(message) ? [] : [message];
        await _peer.SayAsync("first");
        await _peer.SayAsync("second");
        await Expect(_page.Locator(".note")).ToHaveTextAsync("A message before this one did not arrive.");
        await Expect(Texts(_page)).ToHaveTextAsync(["second"]);
    }

    [Fact]
    public async Task A_hole_is_told_once_and_what_comes_after_it_is_acknowledged()
    {
        string? dropped = null;
        _server.Tamper = (_, message) => IsPeers(message) && (dropped ??= IdOf(message)) == IdOf(message) ? [] : [message];
        foreach (var text in (string[])["first", "second", "third"]) await _peer.SayAsync(text);
        await Expect(Texts(_page)).ToHaveTextAsync(["second", "third"]);
        await Expect(_page.Locator(".note")).ToHaveTextAsync("A message before this one did not arrive.");
        Pipe2Said said;
        do said = await _peer.HearAsync();
        while (said.Newest < 3);
        Assert.Equal([1], said.Missing);
    }

    [Fact]
    public async Task An_author_is_told_which_text_did_not_arrive_and_of_what_came_after_it_that_it_did()
    {
        foreach (var text in (string[])["first", "second", "third"]) await SayAsync(_page, text);
        await _peer.HearTextAsync("first");
        await _peer.HearTextAsync("third");
        await _peer.SayAsync("I have two of them");
        await Expect(_page.Locator(".receipt")).ToHaveTextAsync(["received", "not received yet", "received"]);
        await Expect(_page.Locator(".message:not(.own) .note")).ToHaveTextAsync("Written before your last message had arrived.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_other_side_gave_up_is_no_hole_and_is_told_if_it_comes(bool isLate)
    {
        JsonObject? held = null;
        _server.Tamper = (_, message) =>
        {
            if (!isLate || !IsPeers(message)) return [message];
            if (held is not null) return [message, HostileServer.Redate(held, 10_000)];
            held = message;
            return [];
        };
        await _peer.GiveUpAsync("never sent", isStored: false);
        await _peer.GiveUpAsync("sell", isStored: true);
        await _peer.SayAsync("don’t sell");
        await _peer.SayAsync("bye");
        await Expect(Texts(_page)).ToHaveTextAsync(["sell", "don’t sell", "bye"]);
        await _peer.LeaveAsync();
        await Expect(_page.Locator(".line.gap")).ToContainTextAsync("has left");
        await Expect(_page.Locator(".line.danger")).ToHaveCountAsync(0);
        await Expect(_page.Locator(".note")).ToHaveTextAsync(isLate
            ? "Its author says that this could not be sent, and may not know that it is here."
            : "Its author says that the message before this one could not be sent, and may not know that it is here.");
    }

    [Fact]
    public async Task What_was_shown_is_still_there_on_coming_back_whatever_the_server_holds_back_then()
    {
        await _peer.SayAsync("first");
        await _peer.SayAsync("second");
        await Expect(Texts(_page)).ToHaveTextAsync(["first", "second"]);
        await SayAsync(_page, "third");
        await _page.ClickAsync("#home");
        await Expect(_page.Locator("#title-text")).ToHaveTextAsync("The open stream");
        await ListensAsync(_page);
        _server.Tamper = (_, _) => [];
        await _page.ClickAsync("#visited a.pipe");
        await Expect(Texts(_page)).ToHaveTextAsync(["first", "second", "third"]);
    }

    [Fact]
    public async Task The_last_messages_are_missed_when_the_other_side_leaves()
    {
        var count = 0;
        _server.Tamper = (_, message) => IsPeers(message) && ++count is 2 or 3 ? [] : [message];
        await _peer.SayAsync("first");
        await Expect(Texts(_page)).ToHaveTextAsync(["first"]);
        await _peer.SayAsync("second");
        await _peer.SayAsync("third");
        await _peer.LeaveAsync();
        await Expect(_page.Locator(".line.danger")).ToHaveTextAsync("2 of their messages did not arrive.");
        await Expect(_page.Locator(".line.gap")).ToContainTextAsync("has left");
    }

    [Fact]
    public async Task A_message_that_was_held_back_is_tied_to_what_its_author_had_read()
    {
        JsonObject? held = null;
        _server.Tamper = (_, message) =>
        {
            if (!IsPeers(message)) return held is null ? [message] : [message, HostileServer.Redate(held, 10_000)];
            held ??= message;
            return [];
        };
        await _peer.SayAsync("yes");
        await UntilAsync(() => held is not null, "the server holds it back");
        await _page.FillAsync("#box", "shall I sell?"); // the answer comes right after the question, as the server wants it
        await _page.PressAsync("#box", "Enter");
        await Expect(_page.Locator(".message:not(.own) .note")).ToHaveTextAsync("Written before your last message had arrived.");
    }

    [Fact]
    public async Task A_message_in_clear_is_marked_and_nothing_of_a_seal_makes_up_for_it()
    {
        _server.Tamper = (_, message) =>
        {
            if (IsPeers(message)) message["Text"] = "in clear";
            return [message];
        };
        await _peer.SayAsync("sealed");
        await Expect(_page.Locator(".message.clear .badge.warn")).ToHaveTextAsync("not encrypted");
    }

    private bool IsPeers(JsonObject message) => _peer.Wrote(IdOf(message));

    private static string IdOf(JsonObject message) => message["Id"]!.GetValue<string>();
}
