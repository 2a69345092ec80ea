using System.Text.Json;
using Malten.Client;

namespace Malten.Cli.Tests;

/// <summary><c>malten post</c>, and what all commands have in common: exit codes, addresses, help.</summary>
public sealed class PostTests : CliTests
{
    [Theory]
    [InlineData("hello world")]
    [InlineData("@nobody's file")]
    [InlineData("-5 degrees")]
    [InlineData("ü 😀 $(id) `id` \"quoted\"")]
    [InlineData("[suggest]")]
    public async Task A_text_is_posted_as_it_is_and_nothing_is_said_about_it(string text)
    {
        var post = await RunAsync("post", "s", "--user", "ann", "--", text);
        Assert.Equal(("", ""), (post.Done().Output, post.Errors));
        var message = await Client.ReadAsync("s").SingleAsync();
        Assert.Equal((text, "ann"), (message.Text, message.User));
    }

    [Theory]
    [InlineData("-")]
    [InlineData(null)]
    public async Task Standard_input_is_one_message_or_one_a_line(string? text)
    {
        string[] post = text is null ? ["post", "s"] : ["post", "s", text];
        Use(await CliProcess.RunAsync(Node.Address, post, "one\ntwo ü\n")).Done();
        Assert.Equal("one\ntwo ü", (await Client.ReadAsync("s").SingleAsync()).Text);
        Use(await CliProcess.RunAsync(Node.Address, [.. post, "--lines"], "three\n\nfour")).Done();
        Assert.Equal(["three", "four"], await Client.ReadAsync("s").Skip(1).Select(message => message.Text).ToListAsync());
    }

    [Fact]
    public async Task A_line_that_is_refused_is_told_of_and_the_others_are_posted()
    {
        var post = Use(await CliProcess.RunAsync(Node.Address, ["post", "s", "--lines"], $"one\n\n{new string('x', 1025)}\ntwo\n"));
        Assert.Equal(1, post.ExitCode);
        Assert.Matches("^malten: line 3: .*1024.*\n$", post.Errors);
        Assert.Equal(["one", "two"], await Client.ReadAsync("s").Select(message => message.Text).ToListAsync());
    }

    [Theory]
    [InlineData("printf 'a\\377'")]
    [InlineData("printf '\\377\\376a\\0'")] // UTF-16 with its byte order mark
    public async Task Standard_input_that_is_not_UTF_8_is_not_posted(string input)
    {
        foreach (var (option, code, told) in new[] { ("", 2, "Standard input"), ("--lines", 1, "line 1") })
        {
            var post = Use(CliProcess.StartShell(Node.Address, $"{input} | malten post s {option}"));
            await post.EndAsync();
            Assert.Equal((code, $"malten: {told} is not UTF-8.\n"), (post.ExitCode, post.Errors));
        }

        Assert.Empty(await Client.ReadAsync("s").ToListAsync());
    }

    [Fact]
    public async Task A_line_that_is_not_UTF_8_is_told_of_and_the_others_are_posted()
    {
        var post = Use(CliProcess.StartShell(Node.Address, "printf 'good\\n\\377\\nalso \\303\\274\\n' | malten post s --lines"));
        await post.EndAsync();
        Assert.Equal((1, "malten: line 2 is not UTF-8.\n"), (post.ExitCode, post.Errors));
        Assert.Equal(["good", "also ü"], await Client.ReadAsync("s").Select(message => message.Text).ToListAsync());
    }

    [Theory]
    [InlineData("s")]
    [InlineData("--link")]
    public async Task A_job_whose_lines_can_not_be_posted_lives_on(string stream)
    {
        var done = Path.Combine(Path.GetTempPath(), $"malten-{Guid.NewGuid():N}");
        // More than a pipe holds: whoever writes it is killed unless it is read.
        var job = $"{{ echo a; read go; head -c 200000 /dev/zero | tr '\\0' '\\n' && echo b && touch {done}; }}";
        var post = Use(CliProcess.StartShell(new Uri("http://127.0.0.1:1"), $"{job} | malten post {stream} --lines --timeout 0.3; echo ${{PIPESTATUS[1]}}",
            keepsInput: true, ("MALTEN_LINK", EncryptedLink.New().ToText())));
        await post.TellsAsync("malten: ");
        await post.WriteAsync("go\n");
        await post.EndAsync();
        Assert.True(File.Exists(done), post.Errors);
        File.Delete(done);
        Assert.Equal("3\n", post.Output);
        Assert.Matches("^malten: line 1: .*\nmalten: line 200002: .*\n$", post.Errors);
    }

    [Fact]
    public async Task A_job_does_not_wait_at_each_line_for_a_node_that_is_away()
    {
        var post = Use(CliProcess.StartShell(new Uri("http://127.0.0.1:1"), "seq 300 | malten post s --lines --timeout 1; echo ${PIPESTATUS[1]}"));
        await post.EndAsync();
        Assert.Equal("3\n", post.Output);
        Assert.Equal(300, post.Errors.Count(one => one == '\n'));
    }

    [Fact]
    public async Task What_is_wrong_with_a_text_is_told_in_words_for_people()
    {
        var link = EncryptedLink.New().ToText();
        var post = await RunAsync("post", link, " ");
        Assert.Equal((2, "malten: A text is not blank.\n"), (post.ExitCode, post.Errors));
        post = Use(await CliProcess.RunAsync(Node.Address, ["post", link, "--lines"], new string('x', 1025)));
        Assert.Equal((1, "malten: line 1: A text has up to 1024 characters.\n"), (post.ExitCode, post.Errors));
        var chat = Use(await CliProcess.RunAsync(Node.Address, ["chat", link], new string('x', 1025)));
        Assert.Equal((1, "malten: line 1: A text has up to 1024 characters.\n"), (chat.ExitCode, chat.Errors));
    }

    [Fact]
    public async Task Json_is_the_message_as_stored_and_an_id_makes_it_stored_once()
    {
        var id = $"{Guid.NewGuid()}";
        var first = (await RunAsync("post", "s", "hello", "--json", "--id", id)).Done().Output;
        Assert.Equal(first, (await RunAsync("post", "s", "again", "--json", "--id", id)).Done().Output);
        var stored = await Client.ReadAsync("s").SingleAsync();
        Assert.Equal((id, stored.Created.Nanoseconds), Read(first));

        static (string?, long) Read(string json)
        {
            var message = JsonDocument.Parse(json).RootElement;
            return (message.GetProperty("Id").GetString(), message.GetProperty("Created").GetInt64());
        }
    }

    [Fact]
    public async Task A_refusal_is_explained_and_has_exit_code_1()
    {
        var post = await RunAsync("post", "s", new string('x', 1025));
        Assert.Equal((1, ""), (post.ExitCode, post.Output));
        Assert.Matches("^malten: .*1024.*\n$", post.Errors);
    }

    [Theory]
    [InlineData("post")]
    [InlineData("post", "s", "text", "--no-such-option")]
    [InlineData("post", "s", "text", "--lines")]
    [InlineData("post", "s", "text", "--id", "5")]
    [InlineData("post", "s", "text", "--url", "nonsense")]
    [InlineData("post", "s", "text", "--url", "ftp://example")]
    [InlineData("post", "s", "text", "--timeout", "0")]
    [InlineData("no-such-command")]
    [InlineData("listen")]
    [InlineData("listen", "s", "--count", "0")]
    [InlineData("streams", "--watch")]
    [InlineData("on", "s")]
    [InlineData("completion", "cmd")]
    public async Task What_makes_no_sense_is_explained_and_has_exit_code_2(params string[] arguments)
    {
        var process = await RunAsync(arguments);
        Assert.Equal(2, process.ExitCode);
        Assert.NotEqual("", process.Errors);
        Assert.DoesNotContain("   at ", process.Errors, StringComparison.Ordinal); // words, no stack
    }

    [Fact]
    public async Task Nobody_there_has_exit_code_3_and_a_second_node_is_tried()
    {
        var address = Node.Address;
        await using var gone = await Malten.Testing.RunningNode.StartAsync();
        var dead = gone.Address;
        await gone.KillAsync();
        var post = Use(await CliProcess.RunAsync(dead, "post", "s", "hello", "--timeout", "0.5"));
        Assert.Equal(3, post.ExitCode);
        Assert.Matches("^malten: http://127.0.0.1:.*\n$", post.Errors);
        Use(await CliProcess.RunAsync(dead, "post", "s", "1", "--url", $"{dead}", "--url", $"{address}")).Done();
        await Use(CliProcess.StartShell(dead, $"MALTEN_URL='{dead}, {address}' malten post s 2 && malten --url {address} post s 3")).EndAsync();
        Assert.Equal(["1", "2", "3"], await Client.ReadAsync("s").Select(message => message.Text).ToListAsync());
    }

    [Fact]
    public async Task Help_fits_a_screen_and_each_command_has_an_example()
    {
        var help = (await RunAsync("--help")).Done().Output;
        Assert.InRange(help.TrimEnd().Split('\n').Length, 5, 24);
        Assert.All(help.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 80));
        foreach (var command in new[] { "listen", "post", "streams", "on", "ask", "chat", "pipe", "send", "receive", "link", "mcp", "completion" })
        {
            Assert.Contains($"  {command} ", help, StringComparison.Ordinal);
            Assert.Matches($"Example:\n  .*malten {command}", (await RunAsync(command, "--help")).Done().Output);
        }
    }

    [Fact]
    public async Task The_shell_completes_commands_and_options()
    {
        Assert.Equal("link\nlisten\n", (await RunAsync("[suggest:8]", "malten li")).Done().Output.Replace("\r", "", StringComparison.Ordinal));
        var bash = Use(CliProcess.StartShell(Node.Address,
            "source <(malten completion bash); COMP_LINE='malten post --line' COMP_POINT=18 COMP_WORDS=(malten post --line) COMP_CWORD=2; "
                + "_malten; echo \"${COMPREPLY[@]}\""));
        await bash.EndAsync();
        Assert.Equal("--lines\n", bash.Done().Output);
    }

    [Theory]
    [InlineData("post s --lines")]
    [InlineData("chat s")]
    public async Task A_line_without_end_costs_no_memory_and_takes_no_other_with_it(string command)
    {
        const string Line = "head -c 60000000 /dev/zero | tr '\\0' x"; // more than the heap takes
        var process = Use(CliProcess.StartShell(Node.Address, $"{{ {Line}; echo; echo good; }} | malten {command} >/dev/null",
            ("DOTNET_GCHeapHardLimit", "6000000"))); // hexadecimal: 96 MB
        await process.EndAsync();
        Assert.Equal((1, "malten: line 1 is far too long for a message of 1024 characters.\n"), (process.ExitCode, process.Errors));
        Assert.Equal("good", (await Client.ReadAsync("s").SingleAsync()).Text);
    }

    [Fact]
    public async Task An_input_without_end_is_refused_and_not_read_to_it()
    {
        var process = Use(CliProcess.StartShell(Node.Address, "yes | malten post s"));
        await process.EndAsync();
        Assert.Equal((1, ""), (process.ExitCode, process.Output));
        Assert.Contains("malten: Standard input is too long", process.Errors, StringComparison.Ordinal);
        Assert.Empty(await Client.ReadAsync("s").ToListAsync());
    }
}
