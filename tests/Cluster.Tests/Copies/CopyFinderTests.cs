using Malten.Cluster.Tests.Members;
using Malten.Grains.Copies;
using Malten.Grains.Members;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;
using Microsoft.Extensions.Options;

namespace Malten.Cluster.Tests.Copies;

/// <summary>What a silo answers an activation that asks for a stream, and what it does to the one that runs the stream there.</summary>
public sealed class CopyFinderTests : IRunningStreams, IRunningStream, IDisposable
{
    private const long Epoch = 5; // of the activation that runs the stream here
    private static readonly StreamName Name = StreamName.Parse("asked");
    private static readonly SiloAddress Self = FakeMembership.SiloAt(1);
    private static readonly SiloAddress Asker = FakeMembership.SiloAt(2);
    private readonly FakeTime _time = new();
    private readonly FakeMembership _membership = new(Self, Asker);
    private readonly LeaseOptions _options = new() { ServesWithoutTable = true };
    private readonly Lease _lease;
    private readonly CopyStore _store;
    private readonly MessageStream _stream;
    private readonly CopyFinder _finder;
    private bool _runs = true;
    private int _replaced;
    private Task _leaving = Task.CompletedTask;
    private Action? _asFenced;

    public CopyFinderTests()
    {
        _lease = new Lease(_membership.View, null!, Options.Create(_options), _time);
        _store = new CopyStore(new Capacity(new CapacityOptions()), _time, new Clock(this), _membership.View, _lease);
        _stream = new MessageStream(Name, new Capacity(new CapacityOptions()), _time);
        _stream.TryAppend(new Draft { Address = Name, Text = MessageText.Parse("first") }, out _);
        _finder = new CopyFinder(_store, this, _membership.View, _lease, _time);
    }

    long IRunningStream.Epoch => Epoch;

    public void Dispose()
    {
        _stream.Dispose();
        _store.Dispose();
        _lease.Dispose();
    }

    [Fact]
    public async Task The_activation_that_runs_the_stream_ends_and_what_it_leaves_is_found()
    {
        var found = await AskAsync(Epoch + 1);
        Assert.Equal((1, Epoch), (_replaced, found.Fence));
        Assert.Single(found.Copy!.Stream.Messages);
        Assert.Equal(Epoch, found.Copy.Writer.Epoch);
        Assert.Equal(Epoch + 1, _store.FenceOf(Name.Value));
    }

    [Fact]
    public async Task What_one_leaves_that_ends_in_the_moment_in_which_it_is_asked_is_found_too()
    {
        _asFenced = () => _runs = false; // the copies were looked through a moment before it left its stream there
        var found = await AskAsync(Epoch + 1);
        Assert.NotNull(found.Copy);
        Assert.Equal((1, Epoch), (_replaced, found.Fence));
    }

    [Fact]
    public async Task Where_a_later_activation_asks_while_the_one_that_is_asked_for_ends_the_earlier_hears_of_it()
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _leaving = left.Task;
        var asked = AskAsync(Epoch + 1);
        _store.Find(Name.Value, Epoch + 2);
        left.SetResult();
        Assert.Equal(Epoch + 2, (await asked).Fence);
    }

    [Fact]
    public async Task Whoever_asks_with_an_epoch_that_is_not_above_it_learns_of_it_and_ends_nothing()
    {
        foreach (var epoch in new[] { 1, Epoch }) Assert.Equal(Epoch, (await AskAsync(epoch)).Fence);
        Assert.Equal(0, _replaced);
        _store.Find(Name.Value, Epoch + 4);
        Assert.Equal(Epoch + 4, (await AskAsync(Epoch + 2)).Fence);
        Assert.Equal(0, _replaced);
    }

    [Fact]
    public async Task A_stream_that_does_not_run_here_is_answered_from_the_copies()
    {
        _runs = false;
        Assert.Null((await AskAsync(1)).Copy);
        _store.Keep(Copy());
        Assert.NotNull((await AskAsync(Epoch + 1)).Copy);
        Assert.Equal(0, _replaced);
    }

    [Fact]
    public async Task An_activation_that_does_not_leave_the_stream_is_not_waited_for_for_long()
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _leaving = left.Task;
        var asked = AskAsync(Epoch + 1);
        _time.Advance(TimeSpan.FromMilliseconds(900));
        Assert.False(asked.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAsync<TimeoutException>(() => asked);
        left.SetResult();
        Assert.Equal(Epoch + 1, (await AskAsync(Epoch + 1)).Fence); // must be asked with a greater one
        Assert.NotNull((await AskAsync(Epoch + 2)).Copy);
    }

    [Fact]
    public async Task Nor_for_what_was_asked_before_it()
    {
        _leaving = new TaskCompletionSource().Task;
        var asked = _finder.FindAsync([new("another", 1), new(Name.Value, Epoch + 1), new("third", 1)]);
        _time.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Single(await asked);
    }

    [Fact]
    public async Task One_that_cannot_leave_the_stream_fails_nothing_that_was_asked_before_it()
    {
        _leaving = Task.FromException(new InvalidOperationException("Attempt to access an invalid activation."));
        Assert.Single(await _finder.FindAsync([new("another", 1), new(Name.Value, Epoch + 1), new("third", 1)]));
        await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync(Epoch + 2));
    }

    [Fact]
    public async Task A_silo_that_loses_its_lease_answers_nothing()
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _leaving = left.Task;
        var asked = AskAsync(Epoch + 1);
        _options.ServesWithoutTable = false;
        left.SetResult();
        await Assert.ThrowsAsync<OrleansException>(() => asked);
        await Assert.ThrowsAsync<OrleansException>(() => AskAsync(Epoch + 9));
        Assert.Equal(Epoch + 1, _store.FenceOf(Name.Value));
    }

    [Fact]
    public async Task What_a_silo_asks_that_was_declared_dead_ends_nothing_and_fences_off_nobody()
    {
        var unknown = FakeMembership.SiloAt(9); // has joined, and this silo has not heard of it
        _runs = false;
        await _finder.FindAsync([new(Name.Value, 1, Asker), new(Name.Value, 2, unknown), new(Name.Value, 3)]);
        _runs = true;
        _membership.Set((Self, SiloStatus.Active), (Asker, SiloStatus.Dead));
        await Assert.ThrowsAsync<OrleansException>(() => AskAsync(Epoch + 1));
        Assert.Equal((0, 3), (_replaced, _store.FenceOf(Name.Value)));
    }

    IRunningStream? IRunningStreams.Find(string stream) => _runs && stream == Name.Value ? this : null;

    async Task IRunningStream.ReplaceAsync()
    {
        _replaced++;
        await _leaving;
        _store.Keep(Copy());
    }

    private async Task<FoundCopy> AskAsync(long epoch) => Assert.Single(await _finder.FindAsync([new(Name.Value, epoch, Asker)]));

    private StreamCopy Copy() => new() { Stream = _stream.Capture()!, Writer = new CopyWriter(Self, Epoch), Turn = _store.NextTurn() };

    /// <summary>The clock of the host, which is asked while a fence is raised.</summary>
    private sealed class Clock(CopyFinderTests test) : TimeProvider
    {
        public override long TimestampFrequency => test._time.TimestampFrequency;

        public override long GetTimestamp()
        {
            test._asFenced?.Invoke();
            return test._time.GetTimestamp();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            test._time.CreateTimer(callback, state, dueTime, period);
    }
}
