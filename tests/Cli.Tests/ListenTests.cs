using System.Text.Json;
using Malten.Client;
using Malten.Testing;

namespace Malten.Cli.Tests;

/// <summary><c>malten listen</c>.</summary>
public sealed class ListenTests : CliTests
{
    [Fact]
    public async Task Messages_are_printed_as_they_come_until_there_were_enough()
    {
        var listen = await ListenAsync("s", "listen", "s", "--count", "2");
        await Client.PostAsync("s", "hello", new PostOptions { User = "ann" });
        await listen.PrintsAsync("ann: hello\n");
        await Client.PostAsync("s", "good bye");
        await listen.EndAsync();
        Assert.Equal("ann: hello\ngood bye\n", listen.Done().Output);
        Assert.Equal("", listen.Errors);
    }

    [Fact]
    public async Task What_is_held_comes_first_if_asked_for()
    {
        var first = await Client.PostAsync("s", "1");
        await Client.PostAsync("s", "2");
        Assert.Equal("1\n2\n", (await RunAsync("listen", "s", "--all", "-n", "2")).Done().Output);
        Assert.Equal("2\n", (await RunAsync("listen", "s", "--after", $"{first.Created}", "-n", "1")).Done().Output);
        Assert.Equal(2, (await RunAsync("listen", "s", "--after", "1", "--all")).ExitCode);
        Assert.Equal(2, (await RunAsync("listen", "s", "--after", "yesterday")).ExitCode);
    }

    [Fact]
    public async Task Several_streams_are_told_apart()
    {
        await Client.PostAsync("a", "1");
        await Client.PostAsync("b", "2", new PostOptions { User = "bob" });
        var lines = (await RunAsync("listen", "a", "b", "--all", "-n", "2")).Done().Output.Split('\n');
        Assert.Equal(["", "a  1", "b  bob: 2"], lines.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Json_is_one_object_a_line_with_the_members_of_the_wire_contract()
    {
        var posted = await Client.PostAsync("s", "a \"b\"\nc\u001b[31m ü 😀", new PostOptions { User = "ann" });
        var listen = await RunAsync("listen", "s", "--all", "-n", "1", "--json");
        var message = listen.Done().Output.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)
            .Single(line => line.GetProperty("Type").GetString() == "message");
        Assert.Equal(
            (posted.Id, posted.Text, posted.Created.Nanoseconds, "s", "ann"),
            (message.GetProperty("Id").GetGuid(), message.GetProperty("Text").GetString()!, message.GetProperty("Created").GetInt64(),
                message.GetProperty("Stream").GetString()!, message.GetProperty("User").GetString()!));
        Assert.DoesNotContain('\u001b', listen.Output);
    }

    [Fact]
    public async Task What_strangers_write_does_not_reach_the_terminal_as_commands_and_cannot_pass_for_other_messages()
    {
        await Client.PostAsync("s", "red \u001b[31m \u009b31m \u202e back\nbob: not me");
        Assert.Equal("red \ufffd[31m \ufffd31m \ufffd back\n  bob: not me\n", (await RunAsync("listen", "s", "--all", "-n", "1")).Done().Output);
    }

    [Fact]
    public async Task A_gap_is_told_on_standard_error_and_as_json()
    {
        var held = await Client.PostAsync("s", "held");
        var later = $"{held.Created.Nanoseconds + (1024L * 1_000_000_000)}"; // a place that was lost with a node
        var listen = await RunAsync("listen", "s", "--after", later, "-n", "1");
        Assert.Equal(("held\n", "malten: some messages are gone.\n"), (listen.Done().Output, listen.Errors));
        Assert.Contains("""{"Type":"event","Name":"gap","Stream":"s"}""",
            (await RunAsync("listen", "s", "--after", later, "-n", "1", "--json")).Done().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    public async Task Ctrl_C_leaves_cleanly(int signal)
    {
        var listen = await ListenAsync("s", "listen", "s");
        listen.Signal(signal);
        await listen.EndAsync();
        Assert.Equal((130, "", ""), (listen.ExitCode, listen.Output, listen.Errors));
        await ObserversAreAsync("s", 0);
    }

    [Fact]
    public async Task A_pipe_that_is_closed_ends_it()
    {
        await Client.PostAsync("s", "1");
        var pipe = Use(CliProcess.StartShell(Node.Address, "malten listen s --all | head -n 1"));
        await pipe.PrintsAsync("1\n");
        while (!pipe.HasEnded) await Client.PostAsync("s", "is anybody there?");
        await pipe.EndAsync();
        Assert.Equal(("1\n", ""), (pipe.Done().Output, pipe.Errors));
    }

    [Fact]
    public async Task In_a_file_it_writes_after_what_was_written_before()
    {
        await Client.PostAsync("s", "1");
        var file = Path.GetTempFileName();
        var report = Use(CliProcess.StartShell(
            Node.Address, $"{{ echo before; malten listen s --all -n 1; malten post s '' 2>&1; echo after; }} > {file}; cat {file}; rm {file}"));
        await report.EndAsync();
        Assert.Matches("^before\n1\nmalten: .*\nafter\n$", report.Done().Output);
    }

    [Fact]
    public async Task A_full_disk_is_a_failure()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "It is Linux that has a full disk for tests.");
        await Client.PostAsync("s", "1");
        var listen = Use(CliProcess.StartShell(Node.Address, "malten listen s --all > /dev/full"));
        await listen.EndAsync();
        Assert.Equal(1, listen.ExitCode);
        Assert.Matches("^malten: .+\n$", listen.Errors);
    }

    [Theory]
    [InlineData("malten listen s --all >&-")]
    [InlineData("malten link new >&-")]
    [InlineData("malten post s --json hello >&-")]
    public async Task Without_standard_output_it_fails_in_a_line(string line)
    {
        await Client.PostAsync("s", "1");
        var process = Use(CliProcess.StartShell(Node.Address, line));
        await process.EndAsync();
        Assert.Equal((1, ""), (process.ExitCode, process.Output));
        Assert.Matches("^malten: .+\n$", process.Errors);
    }

    [Theory]
    [InlineData("s")]
    [InlineData("--link")]
    public async Task It_goes_on_trying_as_long_as_no_node_is_up(string stream)
    {
        var (asked, times) = (new TaskCompletionSource(), 0);
        await using var down = new ScriptedNode(_ =>
        {
            if (Interlocked.Increment(ref times) == 3) asked.SetResult();
            return Task.CompletedTask; // the connection breaks
        }, withPages: false);
        var listen = Use(CliProcess.StartShell(down.Address, $"exec malten listen {stream} --timeout 0.2",
            ("MALTEN_LINK", EncryptedLink.New().ToText())));
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(60));
        listen.Signal(15);
        await listen.EndAsync();
        Assert.Equal((130, "", ""), (listen.ExitCode, listen.Output, listen.Errors));
    }

    [Fact]
    public async Task It_goes_on_when_the_node_comes_back_and_keeps_quiet_about_it()
    {
        var listen = await ListenAsync("s", "listen", "s", "-n", "2");
        await Client.PostAsync("s", "before");
        await listen.PrintsAsync("before");
        await Node.KillAsync();
        await Node.StartAgainAsync();
        await ObserversAreAsync("s", 1);
        await Client.PostAsync("s", "after");
        await listen.EndAsync();
        Assert.Equal("before\nafter\n", listen.Done().Output);
        Assert.Equal("malten: some messages are gone.\n", listen.Errors);
    }

    [Fact]
    public async Task On_a_terminal_there_is_the_time_and_colour_unless_it_is_not_wanted()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "A terminal is made by script(1).");
        await Client.PostAsync("s", "hello [red]there[/]", new PostOptions { User = "ann" });
        const string Line = "script -qec \"malten listen s --all -n 1\" /dev/null";
        var coloured = Use(CliProcess.StartShell(Node.Address, Line, ("TERM", "xterm-256color")));
        await coloured.EndAsync();
        Assert.Matches("\u001b\\[[0-9;]*m[0-9:]{8}\u001b", coloured.Done().Output);
        Assert.Contains("hello [red]there[/]", coloured.Output, StringComparison.Ordinal);
        var plain = Use(CliProcess.StartShell(Node.Address, Line, ("TERM", "xterm-256color"), ("NO_COLOR", "1")));
        await plain.EndAsync();
        Assert.DoesNotMatch("\u001b\\[[0-9;]*(3[0-9]|38;5;[0-9]+|9[0-9])m", plain.Done().Output);
        Assert.Contains("hello [red]there[/]", plain.Output, StringComparison.Ordinal);
    }
}
