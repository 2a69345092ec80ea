using Malten.Testing;
using static Malten.Testing.ScriptedNode;

namespace Malten.Client.Tests;

/// <summary>
/// A server that never ends what it says: the client takes little more than it may have to. What it takes is counted where it
/// takes it, because the system takes tens of megabytes more than a reader that is slow has asked for.
/// </summary>
[Collection(nameof(Undisturbed))]
public sealed class EndlessAnswerTests : ClientTests
{
    private const long Megabyte = 1024 * 1024;

    private readonly TakenBytes _taken = new();
    private readonly FakeTime _time = new(); // however slow this machine is, no timeout comes before the bound

    [Theory]
    [InlineData("data: ", "xxxxxxxxxxxxxxxx")]
    [InlineData(":", "comment without end")]
    [InlineData("", "data: many lines of one event\n")]
    [InlineData("", "data:\n")]
    [InlineData("id: ", "1111111111111111")]
    public async Task An_event_without_end_is_cut_off(string start, string more)
    {
        var flood = string.Concat(Enumerable.Repeat(more, 64 * 1024 / more.Length));
        var node = Use(new ScriptedNode(async connection =>
        {
            await connection.SendAsync(EventStream + OpenEvent() + start);
            while (true) await connection.SendAsync(flood);
        }));
        var client = NewClient(node);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var failed = await Assert.ThrowsAsync<MaltenException>(() => Use(new Listener(client, ["s"])).EndAsync());
        Assert.Equal(MaltenFault.BadAnswer, failed.Fault);
        await Eventually.IsSoAsync(() => node.Open == 0);
        Assert.InRange(_taken.Count, Megabyte, 3 * Megabyte); // the longest event and, since buffers double, as much again
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 16 * Megabyte);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        var flood = new string(' ', 64 * 1024);
        var node = Use(new ScriptedNode(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n[");
            while (true) await connection.SendAsync(flood);
        }, withPages: false));
        var failed = await Assert.ThrowsAsync<MaltenException>(() => NewClient(node).GetPresenceAsync("s"));
        Assert.Equal(MaltenFault.BadAnswer, failed.Fault);
        await Eventually.IsSoAsync(() => node.Open == 0);
        Assert.InRange(_taken.Count, 32 * Megabyte, 33 * Megabyte);
    }

    private MaltenClient NewClient(ScriptedNode node) =>
        NewClient(new MaltenClientOptions { Nodes = [node.Address], Handler = _taken.Handler, TimeProvider = _time });
}
