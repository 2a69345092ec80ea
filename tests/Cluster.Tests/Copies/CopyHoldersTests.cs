using Malten.Cluster.Tests.Members;
using Malten.Grains.Commands;
using Malten.Grains.Copies;
using Malten.Grains.Members;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;
using Microsoft.Extensions.Options;

namespace Malten.Cluster.Tests.Copies;

/// <summary>What an activation writes to other silos, and what it does not once it has ended.</summary>
public sealed class CopyHoldersTests : IDisposable
{
    private static readonly StreamName Name = StreamName.Parse("held");
    private static readonly SiloAddress Self = FakeMembership.SiloAt(1);
    private static readonly SiloAddress Other = FakeMembership.SiloAt(2);
    private static readonly SiloAddress Third = FakeMembership.SiloAt(3);

    private readonly FakeTime _time = new();
    private readonly FakeMembership _membership = new(Self, Other);
    private readonly CopyStore _here;
    private readonly MessageStream _stream;
    private readonly Silos _silos = new();
    private readonly CopyHolders _holders;

    public CopyHoldersTests()
    {
        var capacity = new Capacity(new CapacityOptions());
        var lease = new Lease(_membership.View, null!, Options.Create(new LeaseOptions { ServesWithoutTable = true }), _time);
        _here = new CopyStore(capacity, _time, _time, _membership.View, lease);
        _stream = new MessageStream(Name, capacity, _time);
        _stream.TryAppend(new Draft { Address = Name, Text = MessageText.Parse("a") }, out _);
        _holders = Holders(Name);
    }

    public void Dispose()
    {
        _here.Dispose();
        _stream.Dispose();
    }

    [Fact]
    public async Task What_held_the_stream_before_is_dropped_once_it_is_stored()
    {
        await _holders.StoreAsync(_stream, [], []);
        Assert.Equal([Self], _silos.Dropped);
    }

    [Fact]
    public async Task An_activation_that_ends_before_it_could_store_the_stream_drops_nothing()
    {
        _silos.Outcome = CopyOutcome.Refused;
        var storing = _holders.StoreAsync(_stream, [], []).AsTask();
        await Eventually.IsSoAsync(() => _silos.Held > 0 && _time.ActiveTimers > 0);
        _holders.End();
        _stream.Dispose();
        await Eventually.IsSoAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            return storing.IsCompleted;
        });
        await Assert.ThrowsAsync<OrleansException>(() => storing);
        Assert.Empty(_silos.Dropped);
    }

    [Fact]
    public async Task One_that_was_replaced_drops_nothing_either()
    {
        _here.Find(Name.Value, 2);
        await Assert.ThrowsAsync<OrleansException>(() => _holders.StoreAsync(_stream, [], []).AsTask());
        Assert.Empty(_silos.Dropped);
    }

    [Fact]
    public async Task Whoever_did_not_hear_that_it_should_drop_the_stream_is_told_again()
    {
        var timers = _time.ActiveTimers;
        _silos.Hearing = Task.FromException(new TimeoutException());
        await _holders.StoreAsync(_stream, [], []);
        _silos.Hearing = Task.CompletedTask;
        await DroppedAsync(Self, Self);
        Assert.Equal(timers, _time.ActiveTimers);
    }

    [Fact]
    public async Task Whoever_holds_it_no_more_hears_of_it_also_where_another_one_takes_its_time_to_hear()
    {
        var slow = new TaskCompletionSource();
        _silos.Hearing = slow.Task;
        await _holders.StoreAsync(_stream, [], []);
        Assert.Equal([Self], _silos.Dropped);
        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Active), (Third, SiloStatus.Active));
        _membership.View.ReportLeaving(Other);
        await _holders.StoreAsync(_stream, [], []);
        _silos.Hearing = Task.CompletedTask;
        slow.SetResult();
        await DroppedAsync(Self, Other);
    }

    [Fact]
    public async Task One_that_was_to_hold_it_for_a_moment_and_was_not_written_to_is_still_told_to_drop_what_it_had()
    {
        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Active), (Third, SiloStatus.Active));
        var name = Enumerable.Range(0, 100).Select(number => StreamName.Parse($"held-{number}"))
            .First(name => !_membership.View.View.Candidates(name.Value, 2).Contains(Third));
        var holders = Holders(name, found: Third);
        _silos.Hearing = Task.FromException(new TimeoutException());
        await holders.StoreAsync(_stream, [], []);
        var timers = _time.ActiveTimers;

        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Dead), (Third, SiloStatus.Active));
        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.IsSoAsync(() => _time.ActiveTimers == timers); // it has looked, and waits again
        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Active), (Third, SiloStatus.Active));
        _silos.Hearing = Task.CompletedTask;
        await DroppedAsync(Self, Third, Self, Third);
    }

    private CopyHolders Holders(StreamName name, params SiloAddress[] found) => new(
        name, new CopyWriter(Self, 1), _here, _membership.View, _silos,
        new CopyLanes(_silos, _time), new CopyWindows(_membership.View), new CopyOptions(), _time, found);

    private Task DroppedAsync(params SiloAddress[] silos) => Eventually.IsSoAsync(() =>
    {
        if (_silos.Dropped.Count < silos.Length) _time.Advance(TimeSpan.FromSeconds(1));
        return _silos.Dropped.SequenceEqual(silos);
    });

    /// <summary>All silos: they say the same of what they are to hold, and note what they are to drop.</summary>
    private sealed class Silos : ICopyServices, ICopyService
    {
        private SiloAddress _called = Self;

        public CopyOutcome Outcome { get; set; } = CopyOutcome.Held;

        public int Held { get; private set; }

        public List<SiloAddress> Dropped { get; } = [];

        public Task Hearing { get; set; } = Task.CompletedTask;

        public ICopyService On(SiloAddress silo)
        {
            _called = silo;
            return this;
        }

        public Task<CopyOutcome[]> Hold(StreamCopy[] pieces)
        {
            Held++;
            return Task.FromResult(Array.ConvertAll(pieces, _ => Outcome));
        }

        public Task Drop(string stream, CopyWriter writer, long turn)
        {
            Dropped.Add(_called);
            return Hearing;
        }

        public Task<CopyOutcome[]> Add(CopyUpdate[] updates) => throw new NotSupportedException();

        public Task<CopyOutcome> HoldClaims(string stream, CopyWriter writer, long turn, CommandClaim[] claims) => throw new NotSupportedException();

        public Task Forget(string stream, CopyWriter writer) => throw new NotSupportedException();

        public Task<FoundCopy[]> Find(CopyQuestion[] questions) => throw new NotSupportedException();

        public Task<StreamCopy?> Read(string stream, long epoch, Timestamp after) => throw new NotSupportedException();

        public Task ReportSettled(SiloAddress silo, ulong view, long version) => throw new NotSupportedException();

        public Task Ping() => throw new NotSupportedException();

        public Task ReportLeaving(SiloAddress silo) => throw new NotSupportedException();
    }
}
