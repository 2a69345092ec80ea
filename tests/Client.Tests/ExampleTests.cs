using System.Diagnostics.Tracing;
using Malten.Samples;
using Malten.Streams.Events;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>The examples of the documentation do what it says.</summary>
public sealed class ExampleTests : ClientTests
{
    [Fact]
    public async Task Listening()
    {
        var time = new FakeTime();
        var node = await StartNodeAsync(new NodeSettings { Time = time });
        var client = NewClient(node);
        await client.PostAsync("foo", "one");
        var shown = new List<string>();
        using var stop = new CancellationTokenSource();
        var listening = Examples.ListenAsync(client, line => { lock (shown) shown.Add(line); }, stop.Token);
        await ObserversAreAsync(client, "bar", 1);
        await client.PostAsync("bar", "two");
        await Eventually.IsSoAsync(() => { lock (shown) return shown.Count == 2; });
        while ((await client.GetPresenceAsync("bar")).Users is not [{ User: "ann", Status: PresenceStatus.Away }]) await Task.Yield();
        time.Advance(TimeSpan.FromSeconds(1025));
        await Eventually.IsSoAsync(() => { lock (shown) return shown.Count == 4; });
        Assert.Equal(["foo: one", "bar: two"], shown[..2]);
        Assert.Equal(["bar has ended", "foo has ended"], shown[2..].Order());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
    }

    [Fact]
    public async Task Reading_and_being_refused()
    {
        var client = NewClient(await StartNodeAsync());
        foreach (var text in new[] { "http://old.example", "http://new.example", "no address" }) await client.PostAsync("foo", text);
        Assert.Equal("http://new.example", await Examples.FindAsync(client));
        Assert.StartsWith("Take another name: ", await Examples.RefuseAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asking()
    {
        var responder = new FakeResponder();
        var node = await StartNodeAsync(new NodeSettings { Responder = responder });
        var shown = new List<string>();
        var asking = Examples.AskAsync(NewClient(node), shown.Add);
        var command = await responder.NextAsync();
        await node.Broker.AppendAsync(new Draft { Address = command.Address, Text = MessageText.Parse("The weather."), ReplyTo = command.Id });
        await asking;
        Assert.Equal(["The weather."], shown);
    }

    [Fact]
    public async Task Logging()
    {
        var node = await StartNodeAsync();
        await node.KillAsync();
        var lines = new List<(EventLevel Level, string Line)>();
        using var stop = new CancellationTokenSource();
        await using var client = Examples.Log(node.Address, (level, line) =>
        {
            lines.Add((level, line));
            stop.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.PostAsync("s", "a", cancellationToken: stop.Token));
        var (level, line) = Assert.Single(lines);
        Assert.Equal(EventLevel.Warning, level);
        Assert.Contains("could not be reached", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_example_of_encryption_tells_what_is_genuine_from_what_is_not()
    {
        var client = NewClient(await StartNodeAsync());
        var (link, shown) = (EncryptedLink.New(), new List<string>());
        await client.PostAsync(link.Stream, "not encrypted");
        using var stop = new CancellationTokenSource();
        var listening = Examples.EncryptAsync(client, link.ToText(), line => { lock (shown) shown.Add(line); }, stop.Token);
        await Eventually.IsSoAsync(() => { lock (shown) return shown.Count == 2; });
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
        Assert.Equal(["somebody has slipped in something", "ann: supper at eight"], shown);
    }

    [Fact]
    public async Task The_example_that_leaves_no_trace_shows_what_others_hand_over_and_take_along()
    {
        var client = NewClient(await StartNodeAsync());
        var (link, shown) = (TraceLink.New(), new List<string>());
        var bob = Use(client.Join(link, "bob"));
        var listener = Use(new Listener(bob.ListenAsync));
        await listener.NextAsync<Opened>();
        await bob.PostAsync("hello");
        using var stop = new CancellationTokenSource();
        var listening = Examples.LeaveNoTraceAsync(client, link.ToText(), line => { lock (shown) shown.Add(line); }, stop.Token);
        await Eventually.IsSoAsync(() => { lock (shown) return shown.Count == 2; });
        Assert.Equal(["ann: I am here", "bob: hello (said before)"], shown.Order());
        await bob.LeaveAsync();
        await Eventually.IsSoAsync(() => { lock (shown) return shown.Count == 3; });
        Assert.Equal("take away 1 messages of bob", shown[2]);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
    }

    [Fact]
    public async Task The_example_of_a_pipe_meets_whoever_has_its_link()
    {
        var client = NewClient(await StartNodeAsync());
        var shown = new List<string>();
        var meeting = Examples.MeetAsync(client, line => { lock (shown) shown.Add(line); }, CancellationToken.None);
        await Eventually.IsSoAsync(() => { lock (shown) return shown.Count == 1; });
        await using var pipe = client.Join(PipeLink.Parse(shown[0]), "bob");
        await using var listener = new Listener(pipe.ListenAsync);
        var opened = await listener.NextAsync<PipeOpened>();
        await pipe.PostAsync("hello");
        Assert.Equal("welcome", (await listener.NextAsync<PipeMessage>()).Text);
        await pipe.LeaveAsync();
        await meeting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal([$"compare by voice: {opened.SafetyCode}", "bob: hello", "Left"], shown[1..]);
    }
}
