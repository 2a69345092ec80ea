using System.Collections.Concurrent;
using Malten.Grains.Broker;
using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.Broker;

/// <summary>A page that many ask for crosses the cluster a few times, is never older than the question, and its text goes with the last of them.</summary>
public sealed class SharedReadsTests
{
    private static readonly PageRequest Page = new(StreamName.Random());

    private readonly ConcurrentQueue<TaskCompletionSource<Outcome<Frame[]>>> _calls = [];
    private readonly SharedReads _reads;

    public SharedReadsTests() => _reads = new SharedReads(
        _ =>
        {
            var call = new TaskCompletionSource<Outcome<Frame[]>>();
            _calls.Enqueue(call);
            return call.Task;
        },
        new FakeTime());

    [Fact]
    public async Task Whoever_asks_during_a_read_shares_the_next_which_begins_later()
    {
        var first = Ask();
        var others = Enumerable.Range(0, 1000).Select(_ => Ask()).ToList();
        var old = Message("old");
        await AnswerAsync(0, old);
        Assert.Equal(old, Assert.Single((await first).Value!));
        Assert.DoesNotContain(others, other => other.IsCompleted);
        var newer = Message("newer");
        await AnswerAsync(1, newer);
        foreach (var other in others) Assert.Equal(newer, Assert.Single((await other).Value!));
        Assert.Equal(2, _calls.Count);
    }

    [Fact]
    public void Pages_that_differ_share_nothing()
    {
        _ = Ask();
        _ = _reads.ReadAsync(Page with { Limit = 7 }, TestContext.Current.CancellationToken);
        _ = _reads.ReadAsync(Page with { Address = new StreamAddress(Page.Address.Name, "seat") }, TestContext.Current.CancellationToken);
        Assert.Equal(3, _calls.Count);
    }

    [Theory]
    [InlineData(false)] // as it comes from another node
    [InlineData(true)] // as a stream of this node returns it: kept by the stream, and for one reader
    public async Task The_text_is_overwritten_when_the_last_reader_lets_go_and_not_before(bool isHere)
    {
        _ = Ask();
        Task<Outcome<Frame[]>>[] asked = [Ask(), Ask(), Ask()];
        await AnswerAsync(0, Message("before"));
        var message = Message("secret");
        if (isHere) message.Keep().Keep();
        await AnswerAsync(1, message);
        var bytes = message.Bytes;
        foreach (var reader in asked)
        {
            Assert.Contains((byte)'s', bytes);
            Assert.Single((await reader).Value!).LetGo();
        }

        if (isHere)
        {
            Assert.Contains((byte)'s', bytes);
            message.LetGo(); // evicted
        }

        Assert.All(bytes, value => Assert.Equal(0, value));
    }

    [Fact]
    public async Task Whoever_gives_up_keeps_nothing()
    {
        using var given = new CancellationTokenSource();
        var asked = _reads.ReadAsync(Page, given.Token);
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        var message = Message("secret");
        var bytes = message.Bytes;
        await AnswerAsync(0, message);
        await Eventually.IsSoAsync(() => bytes.All(value => value == 0));
    }

    [Fact]
    public async Task All_hear_that_it_was_refused_or_failed()
    {
        var first = Ask();
        Task<Outcome<Frame[]>>[] others = [Ask(), Ask()];
        _calls.First().SetException(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => first);
        await Eventually.IsSoAsync(() => _calls.Count == 2);
        _calls.Last().SetResult(Outcome.Refused<Frame[]>(new StreamRefusedException(Refusal.NotYours, "no seat")));
        foreach (var other in others) Assert.Equal(Refusal.NotYours, (await other).Refusal);
    }

    private static Frame Message(string text) =>
        FrameEncoder.Encode(new Message(Guid.NewGuid(), "message", text, new Timestamp(1024), Page.Address.Name.Value));

    private Task<Outcome<Frame[]>> Ask() => _reads.ReadAsync(Page, TestContext.Current.CancellationToken);

    private async Task AnswerAsync(int call, Frame message)
    {
        await Eventually.IsSoAsync(() => _calls.Count > call);
        _calls.ElementAt(call).SetResult(new Outcome<Frame[]> { Value = [message] });
    }
}
