using System.Text;
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

/// <summary>The list of public streams is made once a second, not once a request.</summary>
public sealed class StreamListsTests : IDisposable
{
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

    public void Dispose() => _local.Dispose();

    [Fact]
    public async Task All_who_ask_within_a_second_get_the_same_bytes()
    {
        await BeginAsync("a");
        var first = await GetAsync();
        Assert.StartsWith("""{"a":{"Created":""", Encoding.UTF8.GetString(first.Span), StringComparison.Ordinal);
        await BeginAsync("b");
        _time.Advance(TimeSpan.FromSeconds(0.99));
        for (var i = 0; i < 100; i++) Assert.True((await GetAsync()).Equals(first));
        Assert.Equal(1, _made);
        _time.Advance(TimeSpan.FromSeconds(0.01));
        Assert.Contains("\"b\":", Encoding.UTF8.GetString((await GetAsync()).Span), StringComparison.Ordinal);
        Assert.Equal(2, _made);
    }

    [Fact]
    public async Task Who_asks_while_a_list_is_being_made_waits_for_it_however_long_that_takes()
    {
        var gate = new TaskCompletionSource();
        _before = () => gate.Task;
        var asking = Enumerable.Range(0, 100).Select(_ => GetAsync()).ToList();
        _time.Advance(TimeSpan.FromSeconds(5));
        asking.Add(GetAsync());
        using var given = new CancellationTokenSource();
        var impatient = _lists.GetAsync("", 1024, given.Token);
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        gate.SetResult();
        await Task.WhenAll(asking);
        Assert.Equal(1, _made);
    }

    [Fact]
    public async Task After_a_refresh_a_list_is_made_anew_also_while_one_is_being_made()
    {
        var gate = new TaskCompletionSource();
        _before = () => gate.Task;
        var early = GetAsync();
        _lists.Refresh();
        _before = () => Task.CompletedTask;
        await BeginAsync("a");
        Assert.Contains("\"a\":", Encoding.UTF8.GetString((await GetAsync()).Span), StringComparison.Ordinal);
        gate.SetResult();
        await early;
    }

    [Fact]
    public async Task A_failure_is_not_kept()
    {
        _before = () => throw new StreamRefusedException(Refusal.Unavailable, "down");
        await Assert.ThrowsAsync<StreamRefusedException>(GetAsync);
        _before = () => Task.CompletedTask;
        Assert.Equal("{}"u8.ToArray(), (await GetAsync()).ToArray());
    }

    [Fact]
    public async Task Each_prefix_and_limit_has_a_list_and_the_latest_sixteen_are_kept()
    {
        foreach (var name in new[] { "a1", "a2", "b1" }) await BeginAsync(name);
        Assert.DoesNotContain("b1", Encoding.UTF8.GetString((await _lists.GetAsync("a", 1024, default)).Span), StringComparison.Ordinal);
        Assert.Equal(1, Encoding.UTF8.GetString((await _lists.GetAsync("a", 1, default)).Span).Split("Created").Length - 1);
        for (var limit = 2; limit <= 16; limit++) await _lists.GetAsync("a", limit, default);
        Assert.Equal(17, _made);
        await _lists.GetAsync("a", 1, default); // is still there
        Assert.Equal(17, _made);
        await _lists.GetAsync("a", 1024, default); // had to give way
        Assert.Equal(18, _made);
    }

    private Task<ReadOnlyMemory<byte>> GetAsync() => _lists.GetAsync("", 1024, default);

    private async Task BeginAsync(string name) =>
        await _local.CreateAsync(new StreamSettings(StreamName.Parse(name), false, TimeToLive.Default));

    private async Task BeforeListAsync()
    {
        Interlocked.Increment(ref _made);
        await _before();
    }
}
