using Malten.Testing;

namespace Malten.Cli.Tests;

/// <summary><c>malten pipe</c>: what goes in at one machine comes out at the other, and what is cut is never taken for whole.</summary>
public sealed class PipeTests : CliTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("malten-");

    [Fact]
    public async Task A_folder_goes_through_and_its_link_is_the_only_thing_said()
    {
        var from = _folder.CreateSubdirectory("from");
        var to = _folder.CreateSubdirectory("to");
        var data = new byte[3_000_000];
        new Random(1).NextBytes(data);
        await File.WriteAllBytesAsync(Path.Combine(from.FullName, "data"), data);
        var sender = Use(CliProcess.StartShell(Node.Address, $"tar c -C {from.FullName} . | malten pipe"));
        var link = await LinkOfAsync(sender);
        var receiver = Use(CliProcess.StartShell(Node.Address, $"malten pipe '{link}' </dev/null | tar x -C {to.FullName}"));
        await receiver.EndAsync();
        await sender.EndAsync();
        Assert.Equal(("", link), (receiver.Done().Errors, sender.Done().Errors.Trim()));
        Assert.Equal(data, await File.ReadAllBytesAsync(Path.Combine(to.FullName, "data")));
    }

    [Fact]
    public async Task Both_sides_hear_each_other()
    {
        var one = Use(CliProcess.StartShell(Node.Address, "malten pipe", keepsInput: true));
        var link = await LinkOfAsync(one);
        var other = Use(CliProcess.StartShell(Node.Address, "malten pipe --link", keepsInput: true, ("MALTEN_LINK", link)));
        await one.WriteAsync("are you there?\n");
        await other.PrintsAsync("are you there?\n");
        await other.WriteAsync("I am\n");
        await one.PrintsAsync("I am\n");
        one.EndInput();
        other.EndInput();
        await one.EndAsync();
        await other.EndAsync();
        Assert.Equal(("I am\n", "are you there?\n"), (one.Done().Output, other.Done().Output));
    }

    [Fact]
    public async Task A_sender_that_is_stopped_leaves_a_receiver_that_says_so()
    {
        var sender = Use(CliProcess.Start(Node.Address, ["pipe"], keepsInput: true));
        var link = await LinkOfAsync(sender);
        var receiver = Use(CliProcess.Start(Node.Address, ["pipe", link]));
        await sender.WriteAsync("the first half");
        await receiver.PrintsAsync("the first half");
        sender.Signal(15);
        await sender.EndAsync();
        await receiver.EndAsync();
        Assert.Equal((130, 1), (sender.ExitCode, receiver.ExitCode));
        Assert.Contains("not everything was transferred", receiver.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Input_that_can_not_be_read_ends_both_sides()
    {
        var sender = Use(CliProcess.StartShell(Node.Address, $"malten pipe < {_folder.FullName}"));
        var receiver = Use(CliProcess.Start(Node.Address, ["pipe", await LinkOfAsync(sender)]));
        await sender.EndAsync();
        await receiver.EndAsync();
        Assert.Equal((1, 1), (sender.ExitCode, receiver.ExitCode));
    }

    [Fact]
    public async Task Output_that_is_no_longer_read_is_a_failure_while_something_is_being_sent()
    {
        var sender = Use(CliProcess.Start(Node.Address, ["pipe"], keepsInput: true));
        var link = await LinkOfAsync(sender);
        var receiver = Use(CliProcess.StartShell(Node.Address, $"malten pipe '{link}' | head -1; exit ${{PIPESTATUS[0]}}", keepsInput: true));
        await sender.WriteAsync("one\n");
        await receiver.PrintsAsync("one");
        for (var i = 0; i < 1000 && !receiver.HasEnded; i++)
        {
            try
            {
                await sender.WriteAsync("two\n");
            }
            catch (IOException)
            {
                break; // it has heard already that nobody receives any more
            }

            await Task.WhenAny(receiver.EndAsync(), Task.Delay(10));
        }

        await receiver.EndAsync();
        Assert.Equal(1, receiver.ExitCode);
        Assert.Contains("no longer read", receiver.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_goes_on_by_another_node_when_one_is_killed()
    {
        var other = Use(await RunningNode.StartAsync(new NodeSettings { Broker = Node.Broker }));
        var nodes = ("MALTEN_URL", $"{other.Address},{Node.Address}");
        var sender = Use(CliProcess.StartShell(Node.Address, "malten pipe", keepsInput: true, nodes));
        var link = await LinkOfAsync(sender);
        var receiver = Use(CliProcess.StartShell(Node.Address, $"malten pipe '{link}'", keepsInput: false, nodes));
        await sender.WriteAsync("the first half, ");
        await receiver.PrintsAsync("the first half, ");
        await other.KillAsync();
        await sender.WriteAsync("and the second");
        sender.EndInput();
        await receiver.EndAsync();
        await sender.EndAsync();
        Assert.Equal("the first half, and the second", receiver.Done().Output);
        sender.Done();
    }

    [Fact]
    public async Task A_node_that_is_killed_with_all_that_it_held_ends_both_sides()
    {
        var sender = Use(CliProcess.Start(Node.Address, ["pipe"], keepsInput: true));
        var receiver = Use(CliProcess.Start(Node.Address, ["pipe", await LinkOfAsync(sender)]));
        await sender.WriteAsync("the first half");
        await receiver.PrintsAsync("the first half");
        await Node.KillAsync();
        await Node.StartAgainAsync(); // it knows no pipes any more
        await receiver.EndAsync();
        await sender.EndAsync();
        Assert.Equal((1, 1), (sender.ExitCode, receiver.ExitCode));
        Assert.Contains("not everything was transferred", receiver.Errors, StringComparison.Ordinal);
        Assert.Contains("not everything was transferred", sender.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_opens_no_pipe_is_refused()
    {
        Assert.Equal(2, (await RunAsync("pipe", "#name")).ExitCode);
        Assert.Equal(2, (await RunAsync("pipe", "#/p/damaged")).ExitCode);
    }

    private static async Task<string> LinkOfAsync(CliProcess process)
    {
        await process.TellsAsync("\n");
        return process.Errors.Trim();
    }
}
