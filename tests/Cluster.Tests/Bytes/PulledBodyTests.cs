using Malten.Grains.Bytes;
using Malten.Grains.Interfaces.Bytes;
using Malten.Streams.Bytes;
using Malten.Testing;
using Malten.Testing.Bytes;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Malten.Cluster.Tests.Bytes;

/// <summary>How a body is answered to another gateway.</summary>
public sealed class PulledBodyTests
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 5 * ByteLimits.PieceBytes).Select(i => (byte)((i % 255) + 1))];

    [Fact]
    public async Task Calls_that_overtake_each_other_are_answered_in_their_order()
    {
        await using var sender = new ByteSender(TestBody.Of(Bytes), new FakeTime());
        var body = new PulledBody(sender);
        var (third, second) = (body.PullAsync(2, 0), body.PullAsync(1, 0));
        Assert.False(third.IsCompleted || second.IsCompleted);
        var received = new List<byte>();
        foreach (var pull in new[] { body.PullAsync(0, 0), second, third }) received.AddRange((await pull).Span);
        Assert.Equal(Bytes[..received.Count], received);
        Assert.True((await body.PullAsync(1, 0)).Read.IsCut); // asked for twice
    }

    [Fact]
    public async Task What_was_taken_is_known_while_the_call_that_says_it_waits_for_its_turn()
    {
        await using var sender = new ByteSender(new TestBody().Reader, new FakeTime());
        var body = new PulledBody(sender);
        var (first, second) = (body.PullAsync(0, 0), body.PullAsync(2, 3)); // the body brings nothing
        Assert.False(first.IsCompleted || second.IsCompleted);
        Assert.Equal(3, sender.Taken);
        sender.Report(2); // overtaken on its way
        Assert.Equal(3, sender.Taken);
        body.End(hasCome: true);
    }

    [Fact]
    public async Task What_has_come_is_overwritten_and_so_is_the_rest_at_the_end()
    {
        await using var sender = new ByteSender(TestBody.Of(Bytes), new FakeTime());
        var body = new PulledBody(sender);
        var first = await body.PullAsync(0, 0);
        for (var number = 1; number < PulledBody.Window; number++) await body.PullAsync(number, 0);
        Assert.Contains(first.Span.ToArray(), one => one != 0);
        var buffer = first.Buffer;
        var last = await body.PullAsync(PulledBody.Window, 0);
        Assert.True(buffer == last.Buffer || Array.TrueForAll(buffer, one => one == 0)); // unless it carries bytes again
        Assert.True(body.End(hasCome: false));
        Assert.DoesNotContain(last.Buffer, one => one != 0);
        Assert.True((await body.PullAsync(PulledBody.Window + 1, 0)).Read.IsCut);
    }

    [Fact]
    public void What_was_overwritten_while_it_waited_to_be_sent_is_no_piece()
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer<BytePiece>>();
        var piece = new BytePiece([1, 2, 3], new BytesRead(3, IsEnd: true));
        var sent = serializer.Deserialize(serializer.SerializeToArray(piece));
        Assert.Equal([1, 2, 3], sent.Span.ToArray());
        Assert.Equal(piece.Read, sent.Read);
        piece.Clear(isUnused: false);
        var late = serializer.Deserialize(serializer.SerializeToArray(piece));
        Assert.Equal(BytesRead.Cut, late.Read);
    }

    [Fact]
    public async Task Calls_that_wait_for_their_turn_end_with_the_body()
    {
        await using var sender = new ByteSender(new TestBody().Reader, new FakeTime());
        var body = new PulledBody(sender);
        var waiting = new[] { body.PullAsync(1, 0), body.PullAsync(2, 0) };
        Assert.True(body.End(hasCome: true));
        Assert.All(await Task.WhenAll(waiting), piece => Assert.True(piece.Read.IsCut));
        Assert.False(new PulledBody(sender).End(hasCome: true)); // nothing was asked for
    }
}
