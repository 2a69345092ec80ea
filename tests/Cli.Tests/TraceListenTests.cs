using Malten.Client;
using Malten.Testing;

namespace Malten.Cli.Tests;

/// <summary><c>malten listen</c> in a stream that leaves no trace.</summary>
public sealed class TraceListenTests : CliTests
{
    [Fact]
    public async Task What_was_said_before_is_left_out_and_what_was_missed_meanwhile_is_printed()
    {
        var second = Use(await RunningNode.StartAsync(new NodeSettings { Broker = Node.Broker }));
        await using var room = Client.Join(TraceLink.New(), "ann");
        using var stop = new CancellationTokenSource();
        var opened = new TaskCompletionSource();
        var listening = ListenAsync();
        await opened.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await room.PostAsync("before");
        var listen = Use(CliProcess.Start(second.Address, ["listen", room.Link.ToText(second.Address), "-n", "2"]));
        await ObserversAreAsync(room.Link.Stream, 2);
        await room.PostAsync("now");
        await listen.PrintsAsync("now");
        await second.KillAsync();
        await ObserversAreAsync(room.Link.Stream, 1);
        await room.PostAsync("meanwhile");
        await second.StartAgainAsync();
        await listen.PrintsAsync("meanwhile");
        await listen.EndAsync();
        Assert.Equal("ann: now\nann: meanwhile\n", listen.Done().Output);
        Assert.DoesNotContain("before", listen.Errors, StringComparison.Ordinal);
        await stop.CancelAsync();
        await listening;

        async Task ListenAsync()
        {
            try
            {
                await foreach (var item in room.ListenAsync(stop.Token))
                    if (item is Opened) opened.TrySetResult();
            }
            catch (OperationCanceledException)
            {
                // the test is over
            }
        }
    }
}
