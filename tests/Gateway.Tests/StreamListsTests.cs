using Malten.Gateway.Commands;
using Malten.Gateway.Lists;
using Malten.Streams;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Tests;

/// <summary>The public streams are looked up once a second, not once a request.</summary>
public sealed class StreamListsTests : IDisposable
{
    private static readonly ClientKey Beginner = new(1, 1);
    private static readonly ClientKey Other = new(2, 2);

    private readonly FakeTime _time = new();
    private readonly LocalBroker _local;
    private readonly StreamLists _lists;
    private Func<Task> _before = () => Task.CompletedTask;
    private int _made;

    public StreamListsTests()
    {
        _local = new LocalBroker(new Capacity(new CapacityOptions()), _time);
        var json = new JsonOptions();
        Answers.AnswerJson.Configure(json);
        _lists = new StreamLists(new DisturbedBroker(_local) { BeforeList = BeforeListAsync }, _time, Options.Create(json));
    }

    public void Dispose()
    {
        _lists.Dispose();
        _local.Dispose();
    }

    [Fact]
    public async Task All_who_ask_within_a_second_are_answered_from_one_look_up_whatever_they_ask_for()
    {
        await BeginAsync("a");
        Assert.Equal(["a"], await NamesAsync(Other));
        await BeginAsync("b");
        _time.Advance(TimeSpan.FromSeconds(0.99));
        for (var i = 0; i < 100; i++) Assert.Empty(await NamesAsync(new ClientKey((ulong)i), "b" + i, i + 1));
        Assert.Equal(["a"], await NamesAsync(Other));
        Assert.Equal(1, _made);
        _time.Advance(TimeSpan.FromSeconds(0.01));
        Assert.Equal(["a", "b"], (await NamesAsync(Other)).Order());
        Assert.Equal(2, _made);
    }

    [Fact]
    public async Task Whoever_asks_during_a_look_up_waits_for_it_and_for_the_next_one_if_it_began_a_second_ago()
    {
        var gate = new TaskCompletionSource();
        _before = () => gate.Task;
        var early = Enumerable.Range(0, 100).Select(_ => NamesAsync(Other)).ToList();
        await Eventually.IsSoAsync(() => Volatile.Read(ref _made) == 1);
        _time.Advance(TimeSpan.FromSeconds(0.99));
        early.Add(NamesAsync(Other));
        _time.Advance(TimeSpan.FromSeconds(0.01));
        var late = NamesAsync(Other);
        using var given = new CancellationTokenSource();
        var impatient = _lists.GetAsync(Other, given.Token);
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        _before = () => BeginAsync("a");
        gate.SetResult();
        await Task.WhenAll(early);
        Assert.All(early, names => Assert.Empty(names.Result));
        Assert.Equal(["a"], await late);
        Assert.Equal(2, _made);
    }

    [Fact]
    public async Task Whoever_has_begun_a_stream_finds_it_also_when_a_look_up_is_under_way_and_for_others_none_is_made()
    {
        var gate = new TaskCompletionSource();
        _before = () => gate.Task;
        var early = NamesAsync(Other);
        await Eventually.IsSoAsync(() => Volatile.Read(ref _made) == 1);
        await BeginAsync("a", Beginner); // may be missed by the look-up
        var late = NamesAsync(Beginner);
        _before = () => Task.CompletedTask;
        gate.SetResult();
        await early;
        Assert.Equal(["a"], await late);
        Assert.Equal(2, _made);
        await BeginAsync("b", Beginner);
        Assert.Equal(["a"], await NamesAsync(Other));
        Assert.Equal(2, _made);
        Assert.Equal(["a", "b"], (await NamesAsync(Beginner)).Order());
        Assert.Equal(["a", "b"], (await NamesAsync(Other)).Order());
        Assert.Equal(3, _made);
    }

    [Fact]
    public async Task However_many_begin_and_ask_there_is_one_look_up_a_second_and_others_do_not_wait()
    {
        var name = 0;
        var asking = Task.CompletedTask;
        for (; asking.IsCompletedSuccessfully && name < 1000; await Task.WhenAny(asking, WaitsAsync(asking)))
        {
            await BeginAsync($"{name++}", Beginner);
            asking = NamesAsync(Beginner);
        }

        Assert.InRange(_made, 5, 20); // at once, after a while without any
        Assert.Equal(name - 1, (await NamesAsync(Other)).Length);
        for (var second = 1; second <= 10; second++)
        {
            var made = _made;
            _time.Advance(TimeSpan.FromSeconds(1));
            await asking;
            Assert.Equal(made + 1, _made);
            await BeginAsync($"{name++}", Beginner);
            asking = NamesAsync(Beginner);
            await WaitsAsync(asking);
            Assert.Equal(name - 1, (await NamesAsync(Other)).Length);
        }

        Task WaitsAsync(Task asked) => Eventually.IsSoAsync(() => asked.IsCompleted || _time.ActiveTimers == 3); // expiry, release, and the wait
    }

    [Fact]
    public async Task Whoever_begins_streams_all_the_time_is_answered_too()
    {
        var begun = 0;
        _before = () => begun++ < 100 ? BeginAsync($"{begun}", Beginner) : Task.CompletedTask;
        await BeginAsync("first");
        await NamesAsync(Other);
        await BeginAsync("mine", Beginner);
        var asking = NamesAsync(Beginner);
        await Eventually.IsSoAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1)); // so that no look-up waits for its turn
            return asking.IsCompleted;
        });
        Assert.Contains("mine", await asking);
        Assert.InRange(_made, 2, 3);
    }

    [Fact]
    public async Task One_look_up_is_made_at_a_time()
    {
        var (running, most) = (0, 0);
        _before = async () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
        };
        await Parallel.ForAsync(0, 8, async (i, _) =>
        {
            await BeginAsync($"{i}", new ClientKey((ulong)i));
            Assert.Contains($"{i}", await NamesAsync(new ClientKey((ulong)i)));
        });
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task A_failure_is_not_kept()
    {
        _before = () => throw new StreamRefusedException(Refusal.Unavailable, "down");
        await Assert.ThrowsAsync<StreamRefusedException>(() => NamesAsync(Other));
        _before = () => Task.CompletedTask;
        Assert.Empty(await NamesAsync(Other));
    }

    [Fact]
    public async Task Nothing_is_kept_when_nobody_asks()
    {
        await NamesAsync(Other);
        Assert.Equal(1, _time.ActiveTimers);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, _time.ActiveTimers);
        var snapshot = await _lists.GetAsync(Other, default);
        Assert.Same(snapshot, await _lists.GetAsync(Other, default));
        Assert.Equal(2, _made);
    }

    private async Task<string[]> NamesAsync(ClientKey client, string prefix = "", int limit = 1024) =>
        [.. (await _lists.GetAsync(client, default)).Find(prefix, limit).Select(stream => stream.Name)];

    /// <summary>Begins a stream, for a client or, without one, elsewhere: as a stream of which these lists are not told.</summary>
    private async Task BeginAsync(string name, ClientKey? client = null)
    {
        await _local.CreateAsync(new StreamSettings(StreamName.Parse(name), false, TimeToLive.Default));
        if (client is { } here) _lists.Refresh(here);
    }

    private async Task BeforeListAsync()
    {
        Interlocked.Increment(ref _made);
        await _before();
    }
}
