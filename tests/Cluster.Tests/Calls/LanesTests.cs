using System.Collections.Concurrent;
using Malten.Grains.Calls;
using Malten.Testing;

namespace Malten.Cluster.Tests.Calls;

/// <summary>What waits together travels together, and nothing waits for long.</summary>
public sealed class LanesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly FakeTime _time = new();
    private readonly ConcurrentQueue<(string Place, List<int> Items, TaskCompletionSource<int[]> Answer)> _calls = [];
    private readonly Lanes<string, int, int> _lanes;

    public LanesTests() => _lanes = new Lanes<string, int, int>(
        (place, items) =>
        {
            var answer = new TaskCompletionSource<int[]>();
            _calls.Enqueue((place, [.. items], answer));
            return answer.Task;
        },
        item => item, _time);

    [Fact]
    public async Task What_comes_while_a_call_is_under_way_travels_together_in_the_next_one_in_order()
    {
        var sent = Send(1, 2, 3, 4);
        Assert.Equal([1], Assert.Single(_calls).Items);
        await AnswerAsync(0, [10]);
        Assert.Equal([2, 3, 4], await ItemsAsync(1));
        await AnswerAsync(1, [20, 30, 40]);
        Assert.Equal([10, 20, 30, 40], (await Task.WhenAll(sent)).ToList());
        await UntilIdleAsync();
    }

    [Fact]
    public void Places_do_not_wait_for_each_other()
    {
        _ = _lanes.SendAsync("a", 1);
        _ = _lanes.SendAsync("b", 2);
        Assert.Equal(["a", "b"], _calls.Select(call => call.Place));
    }

    [Fact]
    public async Task A_call_that_fails_fails_what_it_carried_and_nothing_else()
    {
        var sent = Send(1, 2, 3);
        _calls.First().Answer.SetException(new TimeoutException());
        await AnswerAsync(1, [20, 30]);
        await Assert.ThrowsAsync<TimeoutException>(() => sent[0]);
        Assert.Equal([20, 30], (await Task.WhenAll(sent[1..])).ToList());
        await UntilIdleAsync();
    }

    [Fact]
    public async Task What_a_call_leaves_unanswered_is_asked_again()
    {
        var sent = Send(1, 2, 3, 4);
        await AnswerAsync(0, [10]);
        await AnswerAsync(1, [20]);
        Assert.Equal([3, 4], await ItemsAsync(2));
        await AnswerAsync(2, [30, 40]);
        Assert.Equal([10, 20, 30, 40], (await Task.WhenAll(sent)).ToList());
    }

    [Fact]
    public async Task A_call_that_answers_nothing_fails()
    {
        var sent = Send(1);
        await AnswerAsync(0, []);
        await Assert.ThrowsAsync<OrleansException>(() => sent[0]);
    }

    [Fact]
    public async Task A_call_without_an_answer_holds_up_the_next_for_a_moment_only()
    {
        var sent = Send(1, 2);
        Assert.Single(_calls);
        _time.Advance(Patience);
        Assert.Equal([2], await ItemsAsync(1));
        await AnswerAsync(1, [20]);
        Assert.Equal(20, await sent[1]);
        Assert.False(sent[0].IsCompleted);
        await AnswerAsync(0, [10]); // late, but it comes
        Assert.Equal(10, await sent[0]);
        await UntilIdleAsync();
    }

    [Fact]
    public async Task A_call_carries_as_much_as_a_slow_link_takes_in_a_moment()
    {
        Send(1, 100_000, 30_000, 2000, 500_000, 3);
        for (var call = 0; call < 4; call++) await AnswerAsync(call, [.. await ItemsAsync(call)]);
        await ItemsAsync(4);
        Assert.Equal([[1], [100_000, 30_000], [2000], [500_000], [3]], _calls.Select(call => call.Items));
    }

    [Fact]
    public async Task Many_senders_at_once_all_get_their_own_answers()
    {
        var lanes = new Lanes<int, int, int>(async (place, items) =>
        {
            await Task.Yield();
            return Array.ConvertAll(items, item => item * place);
        }, _ => 1, TimeProvider.System);
        await Parallel.ForAsync(0, 20_000, async (number, _) =>
            Assert.Equal(number * (number % 7), await lanes.SendAsync(number % 7, number)));
        await Eventually.IsSoAsync(() => lanes.Count == 0);
    }

    private async Task<List<int>> ItemsAsync(int call)
    {
        await Eventually.IsSoAsync(() => _calls.Count > call);
        return _calls.ElementAt(call).Items;
    }

    private async Task AnswerAsync(int call, params int[] answers)
    {
        await Eventually.IsSoAsync(() => _calls.Count > call);
        _calls.ElementAt(call).Answer.SetResult(answers);
    }

    /// <summary>The last answer comes before its lane goes.</summary>
    private Task UntilIdleAsync() => Eventually.IsSoAsync(() => _lanes.Count == 0 && _time.ActiveTimers == 0);

    private Task<int>[] Send(params int[] items) => Array.ConvertAll(items, item => _lanes.SendAsync("place", item));
}
