using System.Text.Json;
using Malten.Testing;

namespace Malten.Cli.Tests;

/// <summary><c>malten send</c> and <c>malten receive</c>: files between real processes.</summary>
public sealed class FileTests : FileCliTests
{
    [Fact]
    public async Task On_a_terminal_paths_and_failures_stand_below_the_bars()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no 'script' that makes a terminal.");
        await File.WriteAllTextAsync(Path.Combine(To.FullName, "b"), "stays");
        var sender = Use(CliProcess.Start(Node.Address, ["send", Write("a", 10), Write("b", 20), Write("c", 30)]));
        var receiver = Use(CliProcess.StartShell(Node.Address, $"script -qec 'malten receive --link --yes --to {To.FullName}' /dev/null",
            ("MALTEN_LINK", await LinkOfAsync(sender)), ("TERM", "xterm")));
        await receiver.EndAsync();
        var last = receiver.Output.TrimEnd().Split('\n').TakeLast(3).Select(line => line.Trim()).ToList();
        Assert.Equal((1, 3), (receiver.ExitCode, last.Count));
        Assert.EndsWith(Path.Combine(To.FullName, "a"), last[0], StringComparison.Ordinal);
        Assert.StartsWith("malten: 'b': ", last[1], StringComparison.Ordinal);
        Assert.Equal(Path.Combine(To.FullName, "c"), last[2]);
    }

    [Fact]
    public async Task Files_arrive_whole_and_their_paths_are_the_only_thing_said()
    {
        var (one, other) = (Write("one.bin", 3_000_000), Write("two.txt", 10));
        var sender = Use(CliProcess.Start(Node.Address, ["send", one, other]));
        var link = await LinkOfAsync(sender);
        var receiver = Use(CliProcess.StartShell(Node.Address, $"malten receive --link --yes --to {To.FullName}", ("MALTEN_LINK", link)));
        await receiver.EndAsync();
        await sender.EndAsync();
        var paths = (Path.Combine(To.FullName, "one.bin"), Path.Combine(To.FullName, "two.txt"));
        Assert.Equal(($"{paths.Item1}\n{paths.Item2}\n", ""), (receiver.Done().Output, receiver.Errors));
        Assert.Equal((link, ""), (sender.Done().Output.Trim(), sender.Errors));
        Assert.Equal(await File.ReadAllBytesAsync(one), await File.ReadAllBytesAsync(paths.Item1));
        Assert.Equal(await File.ReadAllBytesAsync(other), await File.ReadAllBytesAsync(paths.Item2));
        Assert.Equal(2, To.GetFiles().Length);
    }

    [Fact]
    public async Task Scripts_get_one_object_a_line()
    {
        var sender = Use(CliProcess.Start(Node.Address, ["send", Write("a.txt", 10), "--json"]));
        var link = JsonDocument.Parse(await LinkOfAsync(sender)).RootElement.GetProperty("Link").GetString()!;
        var receiver = Use(CliProcess.Start(Node.Address, ["receive", link, "--yes", "--json", "--to", To.FullName]));
        await receiver.EndAsync();
        await sender.EndAsync();
        var (said, heard) = (Events(receiver.Done().Output), Events(sender.Done().Output));
        Assert.Equal(["opened", "offered", "received"], said.Keys);
        Assert.Equal(["opened", "sent"], heard.Keys);
        var offered = said["offered"];
        Assert.Equal(("a.txt", "text/plain", 10),
            (offered.GetProperty("File").GetString(), offered.GetProperty("MediaType").GetString(), offered.GetProperty("Size").GetInt32()));
        Assert.Equal(heard["sent"].GetProperty("Sha256").GetString(), said["received"].GetProperty("Sha256").GetString());
        Assert.Equal(Path.Combine(To.FullName, "a.txt"), said["received"].GetProperty("Path").GetString());
    }

    [Fact]
    public async Task A_file_that_is_there_stays_unless_it_is_forced()
    {
        await File.WriteAllTextAsync(Path.Combine(To.FullName, "a"), "precious");
        var (sender, receiver) = await TransferAsync([Write("a", 10), Write("b", 10)]);
        Assert.Equal((1, 1), (sender.ExitCode, receiver.ExitCode));
        Assert.Contains("'a'", receiver.Errors, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(Path.Combine(To.FullName, "a")));
        Assert.Equal(10, new FileInfo(Path.Combine(To.FullName, "b")).Length); // the other one came all the same
        (sender, receiver) = await TransferAsync([Write("a", 10)], "--force");
        Assert.Equal((0, 0), (sender.ExitCode, receiver.ExitCode));
        Assert.Equal(10, new FileInfo(Path.Combine(To.FullName, "a")).Length);
    }

    [Theory]
    [InlineData("a:b", "a?b")]
    [InlineData("A", "a")]
    [InlineData("b.malten-part", "b_malten-part")]
    public async Task Two_files_of_an_offer_never_take_each_others_place(string one, string other)
    {
        var (receiver, faults) = await OfferAsync([("one", one, 10), ("two", other, 20)], "--force");
        Assert.Equal((1, 1), (receiver.ExitCode, receiver.Output.Split('\n').Count(line => line.Length > 0)));
        Assert.Contains("has this name already", receiver.Errors, StringComparison.Ordinal);
        Assert.Equal((null, Malten.Client.FileFault.Declined), (faults[0], faults[1]));
        Assert.Equal(10, Assert.Single(To.GetFiles()).Length);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    public async Task A_sender_that_is_stopped_says_so_and_the_rest_comes_another_time(int signal)
    {
        var file = Write("a", 60_000_000);
        var sender = Use(CliProcess.Start(Node.Address, ["send", file]));
        var receiver = Use(CliProcess.Start(Node.Address, ["receive", await LinkOfAsync(sender), "--yes", "--to", To.FullName]));
        await Eventually.IsSoAsync(() => To.GetFiles("a.*.malten-part") is [{ Length: >= 1_000_000 }]);
        sender.Signal(signal);
        await sender.EndAsync();
        await receiver.EndAsync();
        Assert.Equal((130, 1), (sender.ExitCode, receiver.ExitCode));
        Assert.Contains("malten: 'a': ", receiver.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(To.FullName, "a")));
        await TransferAsync([file]);
        Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(Path.Combine(To.FullName, "a")));
        Assert.Single(To.GetFiles());
    }

    [Fact]
    public async Task A_receiver_that_is_stopped_ends_the_sender()
    {
        var sender = Use(CliProcess.Start(Node.Address, ["send", Write("a", 60_000_000)]));
        var receiver = Use(CliProcess.Start(Node.Address, ["receive", await LinkOfAsync(sender), "--yes", "--to", To.FullName]));
        await Eventually.IsSoAsync(() => To.GetFiles("a.*.malten-part").Length == 1);
        receiver.Signal(2);
        await receiver.EndAsync();
        await sender.EndAsync();
        Assert.Equal((1, 130), (sender.ExitCode, receiver.ExitCode));
        Assert.Contains("malten: 'a': ", sender.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_are_one_at_the_other_side_are_refused()
    {
        var refused = await RunAsync("send", Write("a:b", 10), Write("a?b", 10));
        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
    }

    [Fact]
    public async Task The_other_side_may_have_begun_the_pipe()
    {
        await using var pipe = await Client.InviteAsync();
        var sender = Use(CliProcess.StartShell(Node.Address, $"malten send {Write("a", 10)} --link", ("MALTEN_LINK", pipe.Link!.ToText())));
        await using var items = pipe.ListenAsync().GetAsyncEnumerator();
        while (await items.MoveNextAsync() && items.Current is not Malten.Client.PipeOpened) { }
        var hearing = Task.Run(async () => { while (await items.MoveNextAsync()) { } });
        await using var files = pipe.TransferFiles();
        await foreach (var offer in files.ListenAsync())
        {
            await offer.SaveAsync(To.FullName);
            break;
        }

        await files.CompleteAsync();
        await sender.EndAsync();
        Assert.Equal("", sender.Done().Output);
        await hearing.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Single(To.GetFiles());
    }

    [Fact]
    public async Task A_file_that_is_not_what_was_sent_has_an_exit_code_of_its_own_and_leaves_nothing()
    {
        await using var liar = await Client.InviteAsync();
        var receiver = Use(CliProcess.Start(Node.Address, ["receive", liar.Link!.ToText(), "--yes", "--to", To.FullName]));
        await using var items = liar.ListenAsync().GetAsyncEnumerator();
        while (await items.MoveNextAsync() && items.Current is not Malten.Client.PipeOpened) { }
        var hearing = Task.Run(async () => { while (await items.MoveNextAsync()) { } });
        var (says, hears) = (new System.IO.Pipelines.Pipe(), new System.IO.Pipelines.Pipe());
        var (sending, receiving) = (liar.SendBytesAsync(says.Reader.AsStream(), 1), liar.ReceiveBytesAsync(hears.Writer.AsStream(), 1));
        await says.Writer.WriteAsync(Convert.FromHexString("0100000D00000000" + "0000000000000002" + "01" + "000161" + "00")); // two bytes, called "a"
        await hears.Reader.AsStream().ReadExactlyAsync(new byte[48]); // it is accepted
        await says.Writer.WriteAsync(Convert.FromHexString("0300000800000000" + "0000000000000000")); // they begin
        await says.Writer.WriteAsync(Convert.FromHexString("0400000200000000" + "0102"));
        await says.Writer.WriteAsync(Convert.FromHexString("0500002000000000" + new string('0', 64))); // with a hash that is not theirs
        await receiver.EndAsync();
        Assert.Equal(5, receiver.ExitCode);
        Assert.Contains("SHA-256", receiver.Errors, StringComparison.Ordinal);
        Assert.Empty(To.GetFiles());
        await hearing.WaitAsync(TimeSpan.FromSeconds(60));
        await Task.WhenAll(sending, receiving).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task The_link_is_drawn_for_a_phone()
    {
        var sender = Use(CliProcess.Start(Node.Address, ["send", Write("a", 10), "--qr"]));
        await sender.PrintsAsync("#/p/");
        Assert.Contains("▄▄", sender.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_before_anything_is_sent_or_used()
    {
        var file = Write("a", 10);
        Assert.Equal(2, (await RunAsync("send")).ExitCode);
        Assert.Equal(2, (await RunAsync("send", From.FullName)).ExitCode);
        Assert.Equal(2, (await RunAsync("send", file, file)).ExitCode);
        Assert.Equal(1, (await RunAsync("send", Path.Combine(From.FullName, "nothing"))).ExitCode);
        Assert.Equal(2, (await RunAsync("receive", "#name", "--yes")).ExitCode);
        Assert.Equal(2, (await RunAsync("receive", "#/p/damaged", "--yes")).ExitCode);
        await using var pipe = await Client.InviteAsync();
        Assert.Equal(2, (await RunAsync("receive", pipe.Link!.ToText(), "--yes", "--to", file)).ExitCode);
        Assert.Equal(2, (await RunAsync("receive", pipe.Link!.ToText())).ExitCode); // nobody is there to say yes
        Assert.Empty(await Client.ReadAsync(pipe.Link!.Stream, new Malten.Client.ReadOptions { Seat = pipe.Link!.ToText().Split('.')[^2] }).ToListAsync());
    }

    private static Dictionary<string, JsonElement> Events(string lines) => lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => JsonDocument.Parse(line).RootElement).Where(one => one.TryGetProperty("Name", out _))
        .ToDictionary(one => one.GetProperty("Name").GetString()!);
}
