using System.Text.Json;
using Malten.Client;
using Malten.Testing;
using Microsoft.AspNetCore.Builder;

namespace Malten.Cli.Tests;

/// <summary>What fails between <c>malten send</c> and <c>malten receive</c>: words and exit codes are those of what happened to the files.</summary>
public sealed class FileFailureTests : FileCliTests
{
    [Fact]
    public async Task A_receiver_whose_output_is_no_longer_read_receives_all_the_same()
    {
        var sender = Use(CliProcess.Start(Node.Address, ["send", Write("a", 10), Write("b", 2_000_000), Write("c", 2_000_000), Write("d", 10)]));
        var line = $"malten receive --link --yes --to {To.FullName} | head -1; exit ${{PIPESTATUS[0]}}";
        var receiver = Use(CliProcess.StartShell(Node.Address, line, ("MALTEN_LINK", await LinkOfAsync(sender))));
        await receiver.EndAsync();
        await sender.EndAsync();
        Assert.Equal((0, $"{Path.Combine(To.FullName, "a")}\n", ""), (receiver.ExitCode, receiver.Output, receiver.Errors));
        sender.Done();
        Assert.Equal(4, To.GetFiles().Length);
    }

    [Fact]
    public async Task A_sender_whose_output_is_no_longer_read_sends_all_the_same()
    {
        var line = $"malten send --json {Write("a", 10)} {Write("b", 2_000_000)} | head -1; exit ${{PIPESTATUS[0]}}";
        var sender = Use(CliProcess.StartShell(Node.Address, line));
        var link = JsonDocument.Parse(await LinkOfAsync(sender)).RootElement.GetProperty("Link").GetString()!;
        (await RunAsync("receive", link, "--yes", "--to", To.FullName)).Done();
        await sender.EndAsync();
        Assert.Equal("", sender.Done().Errors);
        Assert.Equal(2, To.GetFiles().Length);
    }

    [Fact]
    public async Task A_link_that_nobody_reads_is_a_failure()
    {
        var sender = Use(CliProcess.StartShell(Node.Address, $"exec 3> >(true); wait $!; malten send {Write("a", 10)} >&3"));
        await sender.EndAsync();
        Assert.Equal(1, sender.ExitCode);
    }

    [Fact]
    public async Task What_has_no_length_is_refused_before_a_link_is_made()
    {
        var sender = Use(CliProcess.StartShell(Node.Address, "malten send <(echo hello)"));
        await sender.EndAsync();
        Assert.Equal((2, ""), (sender.ExitCode, sender.Output));
        Assert.StartsWith("malten: ", sender.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_files_than_can_be_offered_are_refused_before_a_link_is_made()
    {
        var refused = await RunAsync(["send", .. Enumerable.Range(0, FileTransfers.MostOpen + 1).Select(number => Write($"{number}", 0))]);
        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
    }

    [Fact]
    public async Task A_folder_that_can_not_be_written_to_is_refused_before_the_link_is_used()
    {
        await using var pipe = await Client.InviteAsync();
        var link = pipe.Link!.ToText();
        Assert.Equal(2, (await RunAsync("receive", link, "--yes", "--to", "/proc")).ExitCode);
        Assert.Empty(await Client.ReadAsync(pipe.Link!.Stream, new ReadOptions { Seat = link.Split('.')[^2] }).ToListAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_leaves_as_soon_as_the_pipe_is_open_leaves_a_program_that_says_so(bool isSender)
    {
        await using var pipe = await Client.InviteAsync();
        var line = isSender ? $"malten send {Write("a", 10)} --link" : $"malten receive --link --yes --to {To.FullName}";
        var program = Use(CliProcess.StartShell(Node.Address, line, ("MALTEN_LINK", pipe.Link!.ToText())));
        await foreach (var item in pipe.ListenAsync())
            if (item is PipeOpened) await pipe.LeaveAsync();
        await program.EndAsync();
        Assert.Equal(1, program.ExitCode);
        Assert.Contains("(the other side has left)", program.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", program.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_a_node_changes_are_named_as_the_reason()
    {
        var node = Use(await RunningNode.StartAsync(new NodeSettings
        {
            Before = app => app.Use(async (context, next) =>
            {
                if (context.Request is { Path.Value: "/bytes", Method: "POST" }) context.Request.Body = new Changed(context.Request.Body);
                await next(context);
            }),
        }));
        var sender = Use(CliProcess.Start(node.Address, ["send", Write("a", 5_000_000)]));
        var receiver = Use(CliProcess.Start(node.Address, ["receive", await LinkOfAsync(sender), "--yes", "--to", To.FullName]));
        await receiver.EndAsync();
        await sender.EndAsync();
        Assert.Equal((1, 1), (sender.ExitCode, receiver.ExitCode));
        Assert.Contains("'a': The connection is over before the whole file", receiver.Errors, StringComparison.Ordinal);
        Assert.Contains("The bytes were changed on their way", receiver.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(To.FullName, "a")));
    }

    [Fact]
    public async Task A_disk_that_takes_no_more_is_named_as_the_reason()
    {
        var sender = Use(CliProcess.Start(Node.Address, ["send", Write("a", 5_000_000)]));
        var receiver = Use(CliProcess.StartShell(Node.Address, $"trap '' XFSZ; ulimit -f 1000; malten receive --link --yes --to {To.FullName}",
            ("MALTEN_LINK", await LinkOfAsync(sender)), ("DOTNET_EnableWriteXorExecute", "0")));
        await receiver.EndAsync();
        await sender.EndAsync();
        Assert.Equal((1, 1), (sender.ExitCode, receiver.ExitCode));
        Assert.Contains("'a': The receiver can't write this file. Specified file length was too large", receiver.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_dies_as_the_last_byte_is_written_leaves_both_sides_with_the_whole_file()
    {
        var nodes = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => RunningNode.StartAsync(new NodeSettings { Broker = Node.Broker })));
        foreach (var node in nodes) Use(node);
        var (first, second) = ($"{nodes[0].Address},{nodes[1].Address}", $"{nodes[1].Address},{nodes[0].Address}");
        var sender = Use(CliProcess.StartShell(Node.Address, $"malten send {Write("a", 3_000_000)}", ("MALTEN_URL", second)));
        var link = await LinkOfAsync(sender);
        var receiver = Use(CliProcess.StartShell(Node.Address, $"malten receive --link --yes --to {To.FullName}",
            ("MALTEN_LINK", link), ("MALTEN_URL", first)));
        await Eventually.IsSoAsync(() => File.Exists(Path.Combine(To.FullName, "a")));
        await nodes[0].KillAsync();
        await receiver.EndAsync();
        await sender.EndAsync();
        receiver.Done();
        sender.Done();
    }

    [Fact]
    public async Task Scripts_are_told_of_a_failure_under_the_name_that_was_offered()
    {
        var (receiver, _) = await OfferAsync([("one", "a:b", 10), ("two", "a?b", 20)], "--json");
        Assert.Equal(1, receiver.ExitCode);
        var failed = receiver.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).Last();
        Assert.Equal(("failed", "a?b"), (failed.GetProperty("Name").GetString(), failed.GetProperty("File").GetString()));
        Assert.Contains("has this name already", failed.GetProperty("Message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_example_puts_a_link_on_a_command_line()
    {
        foreach (var command in (string[])["send", "receive"])
            Assert.DoesNotContain("receive LINK", (await RunAsync(command, "--help")).Done().Output, StringComparison.Ordinal);
    }

    /// <summary>Changes a byte of what is read from a stream, after the first million.</summary>
    private sealed class Changed(Stream inner) : MemoryStream
    {
        private long _place;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            if (_place <= 1_000_000 && _place + count > 1_000_000) buffer.Span[(int)(1_000_000 - _place)] ^= 1;
            _place += count;
            return count;
        }
    }
}
