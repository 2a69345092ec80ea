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

/// <summary>What an activation makes of a copy that crosses to it in pieces.</summary>
public sealed class CopyRecoveryTests : IDisposable
{
    private const int Quiet = 60; // messages of many clients, which fill more than the first piece
    private const int Loud = 140; // messages of one client after them
    private static readonly StreamName Name = StreamName.Parse("found");
    private static readonly SiloAddress Self = FakeMembership.SiloAt(1);
    private static readonly SiloAddress Owner = FakeMembership.SiloAt(2);
    private static readonly SiloAddress Other = FakeMembership.SiloAt(3);

    private readonly FakeTime _time = new();
    private readonly FakeMembership _membership = new(Self, Owner);
    private readonly Capacity _capacity = new(new CapacityOptions { MaxMemoryMegabytes = 1 });
    private readonly MessageStream _stream;
    private readonly Lease _lease;
    private readonly CopyStore _store;
    private readonly Settlement _settlement;

    public CopyRecoveryTests()
    {
        _lease = new Lease(_membership.View, null!, Options.Create(new LeaseOptions { ServesWithoutTable = true }), _time);
        _store = new CopyStore(_capacity, _time, _time, _membership.View, _lease);
        _settlement = new Settlement(_membership.View);
        _stream = new MessageStream(Name, new Capacity(new CapacityOptions()), _time);
    }

    public void Dispose()
    {
        _store.Dispose();
        _stream.Dispose();
        _lease.Dispose();
    }

    [Fact]
    public async Task Messages_that_give_way_while_the_copy_is_read_are_known_to_be_gone()
    {
        for (var i = 0; i < Quiet + Loud; i++) Post(new ClientKey(i < Quiet ? 10 + (ulong)i : 1, i < Quiet ? 10 + (ulong)i : 1));
        var whole = _stream.Capture()!;
        Assert.Equal(CopyOutcome.Held, _store.Hold(new StreamCopy { Stream = whole, Writer = new CopyWriter(Owner, 1), Turn = 1 }));
        _membership.Set((Self, SiloStatus.Active), (Owner, SiloStatus.Dead));

        var holder = new Holder(_store) { AfterFound = isFirst => { if (isFirst) MakeRoom(); } };
        var (_, copy, _) = await Recovery(holder).RecoverAsync(Name, CancellationToken.None);

        var missing = whole.Messages.ExceptBy(copy!.Stream.Messages.Select(message => message.Id), message => message.Id).ToList();
        Assert.NotEmpty(missing);
        Assert.Equal(missing[^1].Timestamp, copy.Stream.Evicted);
        Assert.Equal(missing.Select(message => message.Id), copy.Stream.EvictedLately.Select(message => message.Id));
    }

    [Fact]
    public async Task Of_two_that_are_the_same_the_copy_on_this_silo_is_taken_which_takes_no_more_memory()
    {
        Post(new ClientKey(1, 1));
        var writer = new CopyWriter(Owner, 1);
        using var answered = new SemaphoreSlim(0);
        using var elsewhere = new CopyStore(_capacity, _time, _time, _membership.View, _lease);
        foreach (var copies in new[] { _store, elsewhere })
        {
            var whole = _stream.Capture()!;
            Frame[] arrays = [.. whole.Messages.Select(message => message with { Bytes = [.. message.Bytes] })];
            Assert.Equal(CopyOutcome.Held, copies.Hold(new StreamCopy { Stream = whole with { Messages = arrays }, Writer = writer, Turn = 1 }));
        }

        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Active), (Owner, SiloStatus.Dead));
        var recovery = Recovery(new Holders(
            new Holder(_store) { BeforeFound = answered.WaitAsync }, new Holder(elsewhere) { AfterFound = _ => answered.Release() }));
        // An activation has one thread.
        var turns = new TaskFactory(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
        var (_, copy, _) = await turns.StartNew(() => recovery.RecoverAsync(Name, CancellationToken.None)).Unwrap();
        Assert.Same(_store.Find(Name.Value, 0).Copy!.Stream.Messages[0].Bytes, copy!.Stream.Messages[0].Bytes);
    }

    [Fact]
    public async Task A_silo_that_does_not_know_itself_a_member_asks_nobody()
    {
        using var lease = new Lease(_membership.View, null!, Options.Create(new LeaseOptions()), _time);
        var recovering = Recovery(new Holder(_store), lease).RecoverAsync(Name, CancellationToken.None);
        for (var seconds = 0; seconds < 20; seconds++) _time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<TimeoutException>(() => recovering);
        Assert.Equal(0, _store.Known);
    }

    [Fact]
    public async Task What_is_held_here_is_found_though_the_settled_view_names_another_silo()
    {
        using var other = StoreOf(new FakeMembership(Owner, Self));
        Settle();
        Post(default);
        _store.Hold(new StreamCopy { Stream = _stream.Capture()!, Writer = new CopyWriter(Owner, 1), Turn = 1 });

        var (_, copy, _) = await RecoverFromAsync((Self, _store), (Owner, other));

        Assert.Single(copy!.Stream.Messages);
    }

    [Fact]
    public async Task A_view_that_whoever_is_asked_does_not_share_is_not_settled()
    {
        var third = FakeMembership.SiloAt(3);
        _membership.Set((Self, SiloStatus.Active), (Owner, SiloStatus.Active), (third, SiloStatus.Active));
        Settle();
        var leaving = new FakeMembership(Owner, Self, third);
        leaving.Set((Self, SiloStatus.Active), (Owner, SiloStatus.Active), (third, SiloStatus.Active)); // the same version
        leaving.View.ReportLeaving(Owner);
        using var other = StoreOf(leaving);
        using var holder = HolderSeenBy(leaving);

        Assert.NotNull((await RecoverFromAsync((Self, _store), (Owner, other), (third, holder))).Copy);
    }

    [Fact]
    public async Task A_silo_that_joined_unnoticed_is_asked_once_another_knows_of_it()
    {
        var third = FakeMembership.SiloAt(3);
        Settle();
        _membership.Unseen = () => _membership.Set((Self, SiloStatus.Active), (Owner, SiloStatus.Active), (third, SiloStatus.Active));
        var ahead = new FakeMembership(Owner, Self);
        ahead.Set((Self, SiloStatus.Active), (Owner, SiloStatus.Active), (third, SiloStatus.Active));
        using var other = StoreOf(ahead);
        using var holder = HolderSeenBy(ahead);

        Assert.NotNull((await RecoverFromAsync((Self, _store), (Owner, other), (third, holder))).Copy);
    }

    [Fact]
    public async Task A_copy_that_nobody_dropped_though_its_writer_lives_goes_once_the_stream_is_stored()
    {
        var third = FakeMembership.SiloAt(3);
        _membership.Set((Self, SiloStatus.Active), (Owner, SiloStatus.Active), (third, SiloStatus.Active));
        using var other = StoreOf(_membership);
        using var left = HolderSeenBy(_membership);
        Assert.NotEqual(third, _membership.View.View.Candidates(Name.Value, 1)[0]);

        var (holders, copy, _) = await RecoverFromAsync((Self, _store), (Owner, other), (third, left));
        _stream.Restore(copy!.Stream);
        await holders.StoreAsync(_stream, [], []);

        await Eventually.IsSoAsync(() => !left.Holds(Name.Value));
        Assert.True(other.Holds(Name.Value));
    }

    private CopyStore StoreOf(FakeMembership membership) => new(_capacity, _time, _time, membership.View, _lease);

    /// <summary>Copies that hold the stream, of a silo to which its owner has moved it.</summary>
    private CopyStore HolderSeenBy(FakeMembership membership)
    {
        var holder = StoreOf(membership);
        Post(default);
        holder.Hold(new StreamCopy { Stream = _stream.Capture()!, Writer = new CopyWriter(Owner, 1), Turn = 1 });
        return holder;
    }

    /// <summary>Everybody has settled the view, which names the owner for the stream.</summary>
    private void Settle()
    {
        Assert.Equal([Owner], _membership.View.View.Candidates(Name.Value, 1));
        foreach (var silo in _membership.View.Active) _settlement.Report(silo, _membership.View.View.Id, _membership.View.Version);
        Assert.True(_settlement.IsSettled);
    }

    private Task<(CopyHolders Holders, StreamCopy? Copy, CommandClaim[] Claims)> RecoverFromAsync(params (SiloAddress Silo, CopyStore Copies)[] silos) =>
        Recovery(new Silos(silos.ToDictionary(one => one.Silo, one => new Holder(one.Copies)))).RecoverAsync(Name, CancellationToken.None);

    private void MakeRoom()
    {
        var full = (1024 + 128) * 1024 - _capacity.Bytes;
        _capacity.ChangeBytes(full);
        _store.MakeRoom();
        _capacity.ChangeBytes(-full);
    }

    private void Post(ClientKey client)
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _stream.TryAppend(new Draft { Address = Name, Text = MessageText.Parse(new string('漢', 1000)), Client = client }, out _);
    }

    private CopyRecovery Recovery(ICopyServices silos, Lease? lease = null) => new(
        _store, _membership.View, silos, _settlement, new Departures(_membership, null!, _time),
        Options.Create(new CopyOptions { Copies = 1 }), new CopyLanes(silos, _time), new CopyWindows(_membership.View), lease ?? _lease, _time);

    /// <summary>Several silos.</summary>
    private sealed class Silos(Dictionary<SiloAddress, Holder> holders) : ICopyServices
    {
        public ICopyService On(SiloAddress silo) => holders[silo];
    }

    /// <summary>The copies of this silo, and those of the others.</summary>
    private sealed class Holders(ICopyService here, ICopyService elsewhere) : ICopyServices
    {
        public ICopyService On(SiloAddress silo) => silo.Equals(Self) ? here : elsewhere;
    }

    /// <summary>A silo's copies as others read them.</summary>
    private sealed class Holder(CopyStore copies) : ICopyServices, ICopyService
    {
        /// <summary>Happens before a copy is looked for.</summary>
        public Func<Task>? BeforeFound { get; init; }

        /// <summary>Happens after its first piece was read; true where the epoch of the question was a new one.</summary>
        public Action<bool>? AfterFound { get; init; }

        public ICopyService On(SiloAddress silo) => this;

        public async Task<FoundCopy[]> Find(CopyQuestion[] questions)
        {
            if (BeforeFound is not null) await BeforeFound();
            var found = Array.ConvertAll(questions, question => copies.Find(question.Stream, question.Epoch));
            AfterFound?.Invoke(found[0].Fence < questions[0].Epoch);
            return found;
        }

        public Task<StreamCopy?> Read(string stream, long epoch, Timestamp after) => Task.FromResult(copies.Read(stream, epoch, after));

        public Task<CopyOutcome[]> Add(CopyUpdate[] updates) => throw new NotSupportedException();

        public Task<CopyOutcome[]> Hold(StreamCopy[] pieces) => Task.FromResult(Array.ConvertAll(pieces, copies.Hold));

        public Task<CopyOutcome> HoldClaims(string stream, CopyWriter writer, long turn, CommandClaim[] claims) => throw new NotSupportedException();

        public Task Drop(string stream, CopyWriter writer, long turn)
        {
            copies.Drop(stream, writer, turn);
            return Task.CompletedTask;
        }

        public Task Forget(string stream, CopyWriter writer) => throw new NotSupportedException();

        public Task ReportSettled(SiloAddress silo, ulong view, long version) => throw new NotSupportedException();

        public Task Ping() => throw new NotSupportedException();

        public Task ReportLeaving(SiloAddress silo) => throw new NotSupportedException();
    }
}
