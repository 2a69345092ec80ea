using System.Collections.Concurrent;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Gateway.Commands;

/// <summary>How often an answer is shown while it grows.</summary>
public sealed class GrowingAnswerTests : IAsyncLifetime
{
    private static readonly TimeSpan Quarter = TimeSpan.FromMilliseconds(250);

    private readonly FakeTime _time = new();
    private readonly ConcurrentQueue<string> _shown = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly LocalBroker _broker;
    private readonly GrowingAnswer _answer;

    public GrowingAnswerTests()
    {
        _broker = new LocalBroker(new Capacity(new CapacityOptions()), _time);
        var broker = new DisturbedBroker(_broker)
        {
            BeforeProgress = text =>
            {
                _shown.Enqueue(text);
                return Task.CompletedTask;
            },
        };
        var command = new Command(Guid.NewGuid(), StreamName.Default, "What?", new Timestamp(1024), Timestamp.None);
        _answer = new GrowingAnswer(new WaitingCommand(command, broker, null!), _time, _ended);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _answer.DisposeAsync();
        _broker.Dispose();
        _ended.Dispose();
    }

    [Fact]
    public async Task Four_times_a_second_at_most()
    {
        _answer.Append("a");
        await WaitsAsync();
        for (var piece = 0; piece < 50; piece++) _answer.Append("b");
        _time.Advance(Quarter - TimeSpan.FromMilliseconds(1));
        Assert.Equal(["a"], _shown.ToArray());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Eventually.IsSoAsync(() => _shown.Count == 2);
        Assert.Equal(["a", "a" + new string('b', 50)], _shown.ToArray());
    }

    [Fact]
    public async Task In_longer_steps_where_it_is_long()
    {
        _answer.Append(new string('a', 1600));
        await WaitsAsync();
        _answer.Append(new string('a', 100)); // a sixteenth
        _time.Advance(Quarter);
        for (var time = 0; time < 20; time++) _time.Advance(Quarter);
        Assert.Single(_shown);
        _answer.Append("a");
        await Eventually.IsSoAsync(() => _shown.Count == 2);
        Assert.Equal([1600, 1701], _shown.Select(text => text.Length));
    }

    [Fact]
    public async Task All_states_of_the_longest_answer_together_are_bounded()
    {
        for (var piece = 0; piece < 8192; piece++)
        {
            _answer.Append("word ");
            if (piece % 64 == 0) await StepAsync();
        }

        Assert.InRange(_shown.Max(text => text.Length), 14_500, 16 * 1024);
        Assert.InRange(_shown.Sum(text => text.Length), 16 * 1024, 18 * 16 * 1024);
    }

    [Fact]
    public async Task Blank_beginnings_are_not_shown()
    {
        _answer.Append("\n ");
        _answer.Append("");
        _answer.Append(" Yes");
        await Eventually.IsSoAsync(() => _shown.Count == 1);
        Assert.Equal(["Yes"], _shown.ToArray());
        Assert.Equal("\n  Yes", _answer.ToString());
    }

    /// <summary>Returns when it has shown something and waits before it shows more.</summary>
    private Task WaitsAsync() => Eventually.IsSoAsync(() => _time.ActiveTimers == 1);

    private async Task StepAsync()
    {
        var most = _answer.Length;
        await Eventually.IsSoAsync(() =>
        {
            _time.Advance(Quarter);
            return most > 16 * 1024 || _shown.LastOrDefault()?.Length >= most - 1 - (most / 16);
        });
    }
}
