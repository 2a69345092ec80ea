using System.Text.RegularExpressions;
using Malten.Client;
using Malten.Testing;

namespace Malten.Cli.Tests;

/// <summary><c>malten chat</c>: between programs, and on a terminal.</summary>
public sealed class ChatTests : CliTests
{
    [Fact]
    public async Task In_an_open_stream_lines_are_said_and_what_others_say_is_printed()
    {
        await Client.PostAsync("s", "from before", new PostOptions { User = "bob" });
        var chat = Chat("chat", "s", "--user", "ann");
        await chat.PrintsAsync("bob: from before");
        await chat.WriteAsync($"hello\n\n{new string('x', 1025)}\n");
        await chat.PrintsAsync("ann: hello");
        Assert.Equal("ann", (await Client.GetPresenceAsync("s")).Users.Single().User);
        await chat.TellsAsync("line 3");
        await Client.PostAsync("s", "and hello to you");
        await chat.PrintsAsync("and hello to you");
        chat.EndInput();
        await chat.EndAsync();
        Assert.Equal(1, chat.ExitCode); // a line was refused
    }

    [Fact]
    public async Task In_an_encrypted_stream_the_server_sees_neither_texts_nor_names()
    {
        var link = EncryptedLink.New("family");
        using var room = await Client.JoinAsync(link, "bob");
        await room.PostAsync("from before");
        var chat = Use(CliProcess.StartShell(Node.Address, "malten chat --user ann", keepsInput: true, ("MALTEN_LINK", link.ToText())));
        await chat.PrintsAsync("bob: from before");
        await chat.WriteAsync("hello\n");
        await chat.PrintsAsync("ann: hello");
        chat.EndInput();
        await chat.EndAsync();
        Assert.Equal("", chat.Done().Errors);
        Assert.All(await Client.ReadAsync(link.Stream).ToListAsync(), message => Assert.StartsWith("enc2.", message.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_processes_meet_in_a_pipe_see_one_code_and_part()
    {
        var inviter = Chat("chat", "--invite", "--user", "ann");
        await inviter.TellsAsync("#/p/");
        var link = inviter.Errors.Split('\n').Single(line => line.Contains("#/p/", StringComparison.Ordinal));
        Assert.Equal(2, (await RunAsync("chat", link)).ExitCode); // it would use the link up, and nobody was asked
        var joiner = Chat("chat", link, "--yes", "--user", "bob");
        await joiner.WriteAsync("is it you?\n");
        await inviter.PrintsAsync("bob: is it you?");
        await inviter.WriteAsync("it is\n");
        await joiner.PrintsAsync("ann: it is");
        Assert.Equal(CodeIn(inviter), CodeIn(joiner));
        joiner.EndInput();
        await joiner.EndAsync();
        joiner.Done();
        await inviter.EndAsync(); // it heard the farewell
        inviter.Done();
    }

    [Fact]
    public async Task A_pipe_in_which_nothing_could_be_said_is_a_failure()
    {
        await using var inviter = await Client.InviteAsync();
        var link = inviter.Link!.ToText();
        await using var joiner = Client.Join(PipeLink.Parse(link));
        var opening = inviter.ListenAsync().OfType<PipeOpened>().FirstAsync();
        await joiner.ListenAsync().OfType<PipeOpened>().FirstAsync();
        await opening;
        var chat = Chat("chat", link, "--yes", "--json");
        await chat.WriteAsync("is it you?\n");
        await chat.EndAsync();
        Assert.Equal(1, chat.ExitCode);
        Assert.Contains("\"Reason\":\"taken\",\"Missing\":0", chat.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_terminal_what_is_said_stands_above_the_line_that_is_being_written()
    {
        var chat = Terminal("malten chat s --user ann");
        await chat.PrintsAsync("1 here");
        await chat.WriteAsync("hel");
        await chat.PrintsAsync("> hel");
        await Client.PostAsync("s", "while you write \e]0;evil\a", new PostOptions { User = "bob" });
        await chat.PrintsAsync("while you write");
        await chat.WriteAsync("p\x7Flo\r");
        var said = await Client.ListenAsync("s", new ListenOptions { After = Cursor.Beginning }).OfType<Message>().FirstAsync(message => message.User == "ann");
        Assert.Equal("hello", said.Text);
        Assert.DoesNotContain("\e]0;evil", chat.Output, StringComparison.Ordinal);
        await chat.WriteAsync("\x04");
        await chat.EndAsync();
        chat.Done();
    }

    [Fact]
    public async Task On_a_terminal_too_a_pipe_that_breaks_off_is_a_failure()
    {
        await using var pipe = await Client.InviteAsync("bob");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var items = pipe.ListenAsync(limit.Token).OfType<PipeOpened>().GetAsyncEnumerator(limit.Token);
        var opening = items.MoveNextAsync();
        var chat = Terminal("malten chat --yes", ("MALTEN_LINK", pipe.Link!.ToText()));
        Assert.True(await opening);
        await chat.PrintsAsync("safety code");
        await Node.KillAsync();
        await Node.StartAgainAsync(); // it knows no pipes any more
        await chat.EndAsync();
        Assert.Equal(1, chat.ExitCode);
    }

    [Fact]
    public async Task Others_see_that_somebody_types()
    {
        var chat = Terminal("malten chat s --user ann");
        await chat.PrintsAsync("1 here");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var seen = false;
        await foreach (var item in Client.ListenAsync("s", cancellationToken: limit.Token))
        {
            if (item is Opened) await chat.WriteAsync("h"); // typing lasts four seconds
            seen = item is PresenceChanged changed && changed.Presence.Users.Any(user => user is { User: "ann", Status: PresenceStatus.Typing });
            if (seen) break;
        }

        Assert.True(seen);
        await chat.WriteAsync("\x15/quit\r");
        await chat.EndAsync();
        chat.Done();
    }

    [Fact]
    public async Task Whoever_writes_on_a_terminal_waits_for_no_node()
    {
        await using var slow = new ScriptedNode(async connection =>
        {
            if (connection.Path == "/messages" && connection.Target.Contains('?', StringComparison.Ordinal)) await connection.AnswerAsync("[]");
            if (connection.Path == "/events")
                await connection.SendAsync(ScriptedNode.EventStream + ScriptedNode.OpenEvent() + ScriptedNode.MessageEvent("hi", 1024));
            await connection.UntilClosedAsync(); // it takes what is said and who types, and does not answer
        }, withPages: false);
        var chat = Terminal($"malten chat s --user ann --url {slow.Address}");
        await chat.PrintsAsync("hi");
        await chat.WriteAsync("hel");
        await chat.PrintsAsync("> hel");
        await chat.WriteAsync("lo\rand");
        await chat.PrintsAsync("> and");
        await chat.WriteAsync(" more");
        await chat.PrintsAsync("> more"); // a terminal without a width shows four characters
    }

    [Fact]
    public async Task On_a_terminal_what_can_not_be_sent_now_is_sent_later_in_its_order_and_apart_from_what_is_written_next()
    {
        var chat = Terminal("malten chat s --user ann --timeout 1");
        await chat.PrintsAsync("1 here");
        await Node.KillAsync();
        await chat.WriteAsync("one\r");
        await chat.PrintsAsync("malten: not sent yet: one");
        await chat.WriteAsync("two\rthr");
        await chat.PrintsAsync("malten: not sent yet: two");
        await chat.PrintsAsync("[2 not sent");
        await Node.StartAgainAsync();
        Assert.Equal(["one", "two"], await TextsAsync(2));
        await chat.WriteAsync("ee\r");
        Assert.Equal(["one", "two", "three"], await TextsAsync(3));
        await chat.WriteAsync("/quit\r");
        await chat.EndAsync();
        chat.Done();
    }

    [Theory]
    [InlineData("/quit\r")]
    [InlineData("\x04")]
    [InlineData("\x03")] // Ctrl-C
    public async Task On_a_terminal_what_was_not_sent_is_told_at_the_end_and_is_a_failure(string end)
    {
        var chat = Terminal("malten chat s --user ann --timeout 1");
        await chat.PrintsAsync("1 here");
        await Node.KillAsync();
        await chat.WriteAsync("one\rtwo\r");
        await chat.PrintsAsync("not sent yet: two");
        await chat.WriteAsync(end);
        await chat.EndAsync();
        Assert.Equal(1, chat.ExitCode);
        Assert.EndsWith("malten: not sent: one\r\nmalten: not sent: two\r\n", chat.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\x15")] // Ctrl-U
    [InlineData("\x7F\x7F\x7F\x7F\x7F \r")]
    public async Task On_a_terminal_what_was_taken_back_and_cleared_away_is_told_at_the_end(string clear)
    {
        var chat = Terminal("malten chat s --user ann --timeout 1");
        await chat.PrintsAsync("1 here");
        await Node.KillAsync();
        await chat.WriteAsync("alpha\r");
        await chat.PrintsAsync("not sent yet: alpha");
        await chat.WriteAsync($"\e[A{clear}beta\r");
        await chat.PrintsAsync("not sent yet: beta"); // so the other was taken back
        await Node.StartAgainAsync();
        Assert.Equal(["beta"], await TextsAsync(1));
        await chat.WriteAsync("\x04");
        await chat.EndAsync();
        Assert.Equal(1, chat.ExitCode);
        Assert.EndsWith("malten: not sent: alpha\r\n", chat.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_terminal_what_is_refused_is_kept_apart_until_it_is_taken_back_and_changed()
    {
        var chat = Terminal("malten chat s --user ann");
        await chat.PrintsAsync("1 here");
        await chat.WriteAsync(new string('x', 1025) + "\r");
        await chat.PrintsAsync("malten: not sent: ");
        await chat.WriteAsync("next\r");
        Assert.Equal(["next"], await TextsAsync(1));
        await chat.WriteAsync("\e[A\x7F\r");
        Assert.Equal(["next", new string('x', 1024)], await TextsAsync(2));
        await chat.WriteAsync("\x04");
        await chat.EndAsync();
        chat.Done();
    }

    [Fact]
    public async Task On_a_terminal_whoever_writes_in_a_pipe_sees_it_above()
    {
        await using var pipe = await Client.InviteAsync("bob");
        var heard = pipe.ListenAsync().OfType<PipeMessage>().FirstAsync();
        var chat = Terminal("malten chat --yes --user ann", ("MALTEN_LINK", pipe.Link!.ToText()));
        await chat.PrintsAsync("safety code");
        await chat.WriteAsync("hello\r");
        await chat.PrintsAsync("ann:");
        Assert.Equal("hello", (await heard).Text);
        await chat.WriteAsync("\x04");
        await chat.EndAsync();
        chat.Done();
    }

    [Theory]
    [InlineData("chat", "--invite", "s")]
    [InlineData("chat")]
    [InlineData("chat", "#/p/damaged")]
    public async Task What_makes_no_sense_is_refused(params string[] arguments) => Assert.Equal(2, (await RunAsync(arguments)).ExitCode);

    /// <summary>The first so many texts of the stream, once they are there.</summary>
    private async Task<List<string>> TextsAsync(int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var items = Client.ListenAsync("s", new ListenOptions { After = Cursor.Beginning }, limit.Token);
        return await items.OfType<Message>().Select(message => message.Text).Take(count).ToListAsync(limit.Token);
    }

    private CliProcess Chat(params string[] arguments) => Use(CliProcess.Start(Node.Address, arguments, keepsInput: true));

    private static string CodeIn(CliProcess chat) => Regex.Match(chat.Errors, "safety code ([0-9]{4} [0-9]{4})") is { Success: true } match
        ? match.Groups[1].Value : throw new FormatException($"No code: {chat.Errors}");
}
