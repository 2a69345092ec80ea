using System.Collections.Concurrent;
using Malten.Testing;
using Microsoft.AspNetCore.Builder;

namespace Malten.Client.Tests;

/// <summary>A room that leaves no trace, of many behind one address, on a node with the limits that it has by default.</summary>
public sealed class TraceManyTests : TraceTests
{
    private const int Many = 20;

    [Fact]
    public async Task Twenty_behind_one_address_who_lose_the_node_and_come_back_are_refused_nothing()
    {
        var statuses = new ConcurrentQueue<int>();
        var node = await StartNodeAsync(new NodeSettings
        {
            More =
            [
                "--Malten:PostsPerSecondPerClient=1000", "--Malten:PostsPerSecondPerClientAndStream=20", "--Malten:PostBurstPerClientAndStream=200",
            ],
            Before = app => app.Use(async (context, next) =>
            {
                await next();
                if (context.Request.Path == "/signals") statuses.Enqueue(context.Response.StatusCode);
            }),
        });
        var room = new List<(TraceRoom Room, Listener Items)>();
        for (var i = 0; i < Many; i++) room.Add(await JoinAsync(NewClient(node), $"author {i}"));
        await SayAsync("hello");
        await node.KillAsync();
        await node.StartAgainAsync();
        await ObserversAreAsync(NewClient(node), Link.Stream, Many);
        await SayAsync("again");
        TestContext.Current.SendDiagnosticMessage($"{statuses.Count} signals");
        Assert.DoesNotContain(429, statuses);

        async Task SayAsync(string text)
        {
            await Task.WhenAll(room.Select((one, i) => one.Room.PostAsync($"{text} {i}")));
            foreach (var (_, items) in room) await HearAsync(items, text);
        }
    }

    private static async Task HearAsync(Listener items, string text)
    {
        var heard = new HashSet<string>();
        while (heard.Count < Many)
        {
            var item = await items.NextAsync();
            Assert.IsNotType<AuthorLeft>(item);
            if (item is EncryptedMessage message && message.Text.StartsWith(text, StringComparison.Ordinal)) heard.Add(message.Text);
        }
    }
}
