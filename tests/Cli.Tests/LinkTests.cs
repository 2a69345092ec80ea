using System.Text.Json;
using Malten.Client;

namespace Malten.Cli.Tests;

/// <summary>Links on the command line: made, inspected, and used where a stream's name would stand, without anybody seeing their keys.</summary>
public sealed class LinkTests : CliTests
{
    private readonly EncryptedLink _link = EncryptedLink.New("family");
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [Fact]
    public async Task A_link_is_made_and_inspected_without_its_key()
    {
        var made = (await RunAsync("link", "new", "family matters")).Done().Output.Trim();
        Assert.Equal(("family matters", Node.Address), EncryptedLink.Parse(made) is var link ? (link.Label, link.Node) : default);
        await File.WriteAllTextAsync(_file, made);
        var shown = (await RunAsync("link", "show", "--link-file", _file)).Done().Output;
        Assert.Contains("family matters", shown, StringComparison.Ordinal);
        Assert.Contains(EncryptedLink.Parse(made).Stream, shown, StringComparison.Ordinal);
        Assert.DoesNotContain(made[^48..], shown, StringComparison.Ordinal);
        var json = JsonDocument.Parse((await RunAsync("link", "show", "--json", "--link-file", _file)).Done().Output).RootElement;
        Assert.Equal(("encrypted", "family matters"), (json.GetProperty("Kind").GetString(), json.GetProperty("Label").GetString()));
        Assert.Empty(await Client.ReadAsync(EncryptedLink.Parse(made).Stream).ToListAsync());
    }

    [Fact]
    public async Task A_link_names_the_node_with_its_path_and_without_anybodys_password()
    {
        var made = Use(await CliProcess.RunAsync(new Uri("https://malten.example/chat"), "link", "new")).Done().Output;
        Assert.StartsWith("https://malten.example/chat/#/e/secret/", made, StringComparison.Ordinal);
        var refused = Use(await CliProcess.RunAsync(new Uri("https://ann:hunter2@malten.example"), "link", "new"));
        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.DoesNotContain("hunter2", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_is_drawn_for_a_phone()
    {
        var output = (await RunAsync("link", "new", "a", "--qr")).Done().Output.TrimEnd().Split('\n');
        Assert.True(output.Length > 20);
        Assert.All(output[1..^1], line => Assert.True(line.All(one => one is ' ' or '█' or '▀' or '▄'), line));
        Assert.Contains("#/e/a/", output[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_link_opens_nothing()
    {
        await File.WriteAllTextAsync(_file, _link.ToText()[..^1]);
        foreach (var arguments in new string[][] { ["link", "show"], ["post", "hello"], ["listen"], ["on", "true"] })
        {
            var process = await RunAsync([.. arguments, "--link-file", _file]);
            Assert.Equal(2, process.ExitCode);
            Assert.Contains("damaged", process.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain(_link.ToText()[^40..^1], process.Errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("post", "--link", "s", "hello")]
    [InlineData("listen", "--link", "s")]
    [InlineData("chat", "--link", "family")]
    public async Task A_link_and_a_name_exclude_each_other(params string[] arguments)
    {
        var process = Use(CliProcess.StartShell(Node.Address, $"malten {string.Join(' ', arguments)}", ("MALTEN_LINK", _link.ToText())));
        await process.EndAsync();
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("leave out its name", process.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("listen", "LINK", "LINK")]
    [InlineData("listen", "news", "LINK")]
    [InlineData("listen", "CUT")]
    [InlineData("listen", "ESCAPED")]
    [InlineData("post", "CUT", "hello")]
    [InlineData("post", "ESCAPED", "hello")]
    [InlineData("on", "CUT", "true")]
    [InlineData("chat", "CUT")]
    [InlineData("ask", "LINK", "well?")]
    [InlineData("ask", "CUT", "well?")]
    public async Task A_key_is_never_sent_as_the_name_of_a_stream(params string[] arguments)
    {
        var link = _link.ToText(Node.Address);
        var words = arguments.Select(word => word switch
        {
            "LINK" => link,
            "CUT" => link[(link.IndexOf('#', StringComparison.Ordinal) + 1)..],
            "ESCAPED" => Uri.EscapeDataString(link),
            _ => word,
        });
        var process = Use(await CliProcess.RunAsync(new Uri("http://127.0.0.1:1"), [.. words], "")); // where nobody answers: code 3, or trying for ever
        Assert.Equal(2, process.ExitCode);
        Assert.DoesNotContain(link[^40..], process.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_link_nothing_is_asked_where_nobody_can_answer()
    {
        var process = await RunAsync("post", "--link", "hello");
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("MALTEN_LINK", process.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_one_process_posts_another_reads_and_the_server_can_not()
    {
        await File.WriteAllTextAsync(_file, _link.ToText());
        var listener = await ListenAsync(_link.Stream, "listen", "--link-file", _file, "--count", "2");
        (await RunAsync("post", "--link-file", _file, "--user", "ann", "supper at eight")).Done();
        Use(await CliProcess.RunAsync(Node.Address, ["post", "--link-file", _file, "--lines"], "and bread\n")).Done();
        await listener.EndAsync();
        Assert.Equal("ann: supper at eight\nand bread\n", listener.Done().Output);
        Assert.All(await Client.ReadAsync(_link.Stream).ToListAsync(), message => Assert.StartsWith("enc2.", message.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Json_has_what_the_author_said_and_what_does_not_fit()
    {
        using (var room = await Client.JoinAsync(_link, "ann")) await room.PostAsync("hello");
        using (var room = await Client.JoinAsync(_link, "ａｎｎ")) await room.PostAsync("another key");
        await Client.PostAsync(_link.Stream, "slipped in");
        var process = Use(CliProcess.StartShell(Node.Address, "malten listen --link --all --json", ("MALTEN_LINK", _link.ToText())));
        await process.PrintsAsync("refused");
        var lines = process.Output.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(("hello", "ann"), (lines[0].GetProperty("Text").GetString(), lines[0].GetProperty("User").GetString()));
        Assert.Equal(0, lines[0].GetProperty("Findings").GetArrayLength());
        Assert.Equal("namesake", lines[1].GetProperty("Findings")[0].GetString());
        Assert.Equal("findings", lines[2].GetProperty("Name").GetString());
        Assert.DoesNotContain("slipped in", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_runs_for_what_is_encrypted_and_for_nothing_else_and_is_not_given_the_link()
    {
        await File.WriteAllTextAsync(_file, _link.ToText());
        await Client.PostAsync(_link.Stream, "not encrypted");
        using (var room = await Client.JoinAsync(_link, "ann")) await room.PostAsync("ring");
        var process = Use(CliProcess.StartShell(Node.Address,
            $"malten on --link-file {_file} --all --count 1 -- sh -c 'cat; echo \" from $MALTEN_USER$MALTEN_LINK, ${{#MALTEN_AUTHOR}}\"'",
            ("MALTEN_LINK", "secret")));
        await process.EndAsync();
        Assert.Equal("ring from ann, 86\n", process.Done().Output);
    }
}
