using Malten.Cluster.Tests.Ends;
using Malten.Cluster.Tests.Members;
using Malten.Cluster.Tests.Simulation;
using Malten.Grains.Calls;
using Malten.Grains.Commands;
using Malten.Grains.Copies;
using Malten.Grains.Interfaces;
using Malten.Grains.Members;
using Malten.Grains.MessageStreams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Malten.Testing;
using Microsoft.Extensions.Options;
using Orleans.Core;
using Orleans.Timers;

namespace Malten.Cluster.Tests.MessageStreams;

/// <summary>What is left of an activation that ends because of another, or before it was complete.</summary>
public sealed class EndingTests : IDisposable
{
    private const long Later = 1000; // than any epoch so far
    private static readonly StreamName Name = StreamName.Parse("ending");
    private static readonly SiloAddress Self = FakeMembership.SiloAt(1);
    private static readonly SiloAddress Other = FakeMembership.SiloAt(2);

    private readonly FakeTime _time = new();
    private readonly FakeMembership _membership = new(Self, Other);
    private readonly Capacity _capacity = new(new CapacityOptions());
    private readonly Lease _lease;
    private readonly LocalStreams _local;
    private readonly CopyStore _here;
    private readonly CopyStore _elsewhere;
    private readonly Silos _silos;
    private readonly Runtime _runtime = new();
    private readonly StreamGrain _grain;

    public EndingTests()
    {
        _lease = new Lease(_membership.View, null!, Options.Create(new LeaseOptions { ServesWithoutTable = true }), _time);
        _local = new LocalStreams(_time, _time);
        _here = new CopyStore(_capacity, _time, _time, _membership.View, _lease);
        _elsewhere = new CopyStore(_capacity, _time, _time, _membership.View, _lease);
        _silos = new Silos(_here, _elsewhere);
        var recovery = new CopyRecovery(_here, _membership.View, _silos, new Settlement(_membership.View),
            new Departures(_membership, null!, _time), Options.Create(new CopyOptions()), new CopyLanes(_silos, _time),
            new CopyWindows(_membership.View), _lease, _time);
        _grain = new StreamGrain(_capacity, _time, _time, _local, _membership.View, _lease, recovery, null!, new NoGrains());
        Activations.Attach(new Activation(Name.Value, _grain), _runtime);
    }

    public void Dispose()
    {
        _local.Dispose();
        _here.Dispose();
        _elsewhere.Dispose();
        _lease.Dispose();
    }

    [Fact]
    public async Task One_that_is_replaced_before_it_is_complete_is_no_longer_looked_for_and_leaves_what_it_found()
    {
        HoldElsewhere();
        _silos.Found = async () =>
        {
            await Eventually.IsSoAsync(() => _here.FenceOf(Name.Value) == 2); // its own question is answered
            _here.Find(Name.Value, Later);
        };
        await _grain.OnActivateAsync(CancellationToken.None);
        Assert.Equal(1, _runtime.Ends);

        End();
        Assert.False(_local.Contains(Name.Value));
        _elsewhere.Drop(Name.Value, new CopyWriter(Other, Later), turn: 1);
        Assert.Single(_here.Find(Name.Value, Later + 1).Copy!.Stream.Messages);
    }

    [Fact]
    public async Task One_that_ends_before_it_has_stored_what_it_found_leaves_it()
    {
        HoldElsewhere();
        _silos.Outcome = CopyOutcome.Refused;
        await _grain.OnActivateAsync(CancellationToken.None);
        Assert.False(_here.Holds(Name.Value));

        End();
        Assert.False(_local.Contains(Name.Value));
        Assert.True(_here.Holds(Name.Value));
    }

    [Fact]
    public async Task So_does_one_that_fails_while_it_begins()
    {
        HoldElsewhere();
        _runtime.HasEnded = true;
        await Assert.ThrowsAsync<InvalidOperationException>(() => _grain.OnActivateAsync(CancellationToken.None));

        End();
        Assert.False(_local.Contains(Name.Value));
        Assert.True(_here.Holds(Name.Value));
    }

    [Fact]
    public async Task One_that_Orleans_no_longer_waits_for_does_not_begin()
    {
        HoldElsewhere();
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _silos.Found = () => answered.Task;
        using var stopping = new CancellationTokenSource();
        var beginning = _grain.OnActivateAsync(stopping.Token);
        await stopping.CancelAsync();
        End();
        answered.SetResult();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => beginning);
        Assert.False(_local.Contains(Name.Value));
        Assert.True(_elsewhere.Holds(Name.Value));
    }

    [Fact]
    public async Task One_that_has_ended_has_left_its_stream_for_whoever_asks_for_it()
    {
        await _grain.OnActivateAsync(CancellationToken.None);
        End();
        _runtime.HasEnded = true;
        await ((IRunningStream)_grain).ReplaceAsync();
    }

    [Fact]
    public async Task One_that_has_noticed_that_it_was_replaced_leaves_what_it_held_though_the_fence_is_forgotten_by_its_end()
    {
        await _grain.OnActivateAsync(CancellationToken.None);
        await _grain.Append([new Draft { Address = Name, Text = MessageText.Parse("held") }]);
        _here.Find(Name.Value, Later);
        await Assert.ThrowsAsync<OrleansException>(() => _grain.Read(new PageRequest(Name)));
        Assert.Equal(1, _runtime.Ends);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(0, _here.FenceOf(Name.Value));
        Assert.False(_here.Holds(Name.Value));

        await DeactivateAsync();
        Assert.True(_here.Holds(Name.Value));
    }

    [Fact]
    public async Task One_that_hears_it_from_another_silo_does_so_too_and_leaves_nothing_that_was_not_acknowledged()
    {
        await _grain.OnActivateAsync(CancellationToken.None);
        await _grain.Append([new Draft { Address = Name, Text = MessageText.Parse("held") }]);
        _elsewhere.Find(Name.Value, Later);
        await Assert.ThrowsAsync<OrleansException>(() => _grain.Append([new Draft { Address = Name, Text = MessageText.Parse("lost") }]));
        Assert.Equal(1, _runtime.Ends);

        await DeactivateAsync();
        Assert.Single(_here.Find(Name.Value, Later).Copy!.Stream.Messages);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_name_that_nobody_posts_to_is_kept_for_its_listeners_only_where_the_next_activation_would_be(bool isElsewhere)
    {
        var first = isElsewhere ? Other : Self;
        _membership.Set((Self, isElsewhere ? SiloStatus.ShuttingDown : SiloStatus.Active), (Other, isElsewhere ? SiloStatus.Active : SiloStatus.Dead));
        Assert.Equal(first, Assert.Single(_membership.View.View.Candidates(Name.Value, 1)));
        await _grain.OnActivateAsync(CancellationToken.None);
        await ListenAsync();
        Assert.Equal(isElsewhere ? SettleOutcome.Moves : SettleOutcome.Unused, await _grain.Settle(Timestamp.None));
        Assert.Equal(isElsewhere ? 1 : 0, _runtime.Ends);
    }

    [Fact]
    public async Task One_that_is_busy_then_goes_once_it_is_idle()
    {
        await _grain.OnActivateAsync(CancellationToken.None);
        await ListenAsync();
        await _grain.SendCommand(Name, "wait", Guid.NewGuid(), default);
        _membership.Set((Self, SiloStatus.ShuttingDown), (Other, SiloStatus.Active));
        Assert.Equal(SettleOutcome.Unused, await _grain.Settle(Timestamp.None));
        Assert.Equal(0, _runtime.Ends);
        await Eventually.IsSoAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1)); // for as long as a command's prompt is kept
            return _runtime.Ends > 0;
        });
    }

    private Task<FeedUpdate> ListenAsync() => _grain.Subscribe(new FeedSubscription
    {
        Gateway = "gateway", Number = 1, Observer = new DeadGateway(), Begun = Timestamp.None, Last = Timestamp.None, CanOffer = false,
        Presence = new NodePresence(new Presence(1, [])),
    });

    private Task DeactivateAsync() =>
        _grain.OnDeactivateAsync(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, ""), CancellationToken.None);

    /// <summary>As Orleans ends one that was not complete.</summary>
    private void End() => _grain.Dispose();

    private void HoldElsewhere()
    {
        using var stream = new MessageStream(Name, _capacity, _time);
        stream.TryAppend(new Draft { Address = Name, Text = MessageText.Parse("held") }, out _);
        Assert.Equal(CopyOutcome.Held, _elsewhere.Hold(new StreamCopy { Stream = stream.Capture()!, Writer = new CopyWriter(Other, 1), Turn = 1 }));
    }

    /// <summary>The copies of both silos, as this one reaches them.</summary>
    private sealed class Silos(CopyStore here, CopyStore elsewhere) : ICopyServices
    {
        /// <summary>Happens between what the other silo finds and its answer.</summary>
        public Func<Task> Found { get; set; } = () => Task.CompletedTask;

        /// <summary>What the other silo makes of a copy; null: what it does.</summary>
        public CopyOutcome? Outcome { get; set; }

        public ICopyService On(SiloAddress silo) => silo.Equals(Self) ? new Copies(this, here) : new Copies(this, elsewhere);

        private sealed class Copies(Silos silos, CopyStore copies) : ICopyService
        {
            private bool IsElsewhere => copies == silos.Elsewhere;

            public async Task<FoundCopy[]> Find(CopyQuestion[] questions)
            {
                var found = Array.ConvertAll(questions, question => copies.Find(question.Stream, question.Epoch));
                if (IsElsewhere && found[0].Fence < questions[0].Epoch) await silos.Found();
                return found;
            }

            public Task<CopyOutcome[]> Hold(StreamCopy[] pieces) =>
                Task.FromResult(Array.ConvertAll(pieces, piece => silos.Outcome ?? copies.Hold(piece)));

            public Task<CopyOutcome[]> Add(CopyUpdate[] updates) => Task.FromResult(Array.ConvertAll(updates, copies.Add));

            public Task Drop(string stream, CopyWriter writer, long turn)
            {
                copies.Drop(stream, writer, turn);
                return Task.CompletedTask;
            }

            public Task Forget(string stream, CopyWriter writer)
            {
                copies.Forget(stream, writer);
                return Task.CompletedTask;
            }

            public Task<StreamCopy?> Read(string stream, long epoch, Timestamp after) => throw new NotSupportedException();

            public Task<CopyOutcome> HoldClaims(string stream, CopyWriter writer, long turn, CommandClaim[] claims) =>
                throw new NotSupportedException();

            public Task ReportSettled(SiloAddress silo, ulong view, long version) => throw new NotSupportedException();

            public Task Ping() => throw new NotSupportedException();

            public Task ReportLeaving(SiloAddress silo) => throw new NotSupportedException();
        }

        private CopyStore Elsewhere => elsewhere;
    }

    /// <summary>Nobody calls the grain.</summary>
    private sealed class NoGrains : IStreamGrains
    {
        public IStreamGrain Of(StreamName name) => null!;

        public GrainId IdOf(StreamName name) => ActivationContext.IdOf(name.Value);
    }

    /// <summary>Counts how often the activation asks for its end.</summary>
    private sealed class Runtime : IGrainRuntime
    {
        public int Ends { get; private set; }

        /// <summary>Whether the activation counts as invalid, so that nothing may be asked for.</summary>
        public bool HasEnded { get; set; }

        public string SiloIdentity => "";

        public SiloAddress SiloAddress => Self;

        public IGrainFactory GrainFactory => throw new NotSupportedException();

        public ITimerRegistry TimerRegistry => throw new NotSupportedException();

        public IServiceProvider ServiceProvider => throw new NotSupportedException();

        public void DeactivateOnIdle(IGrainContext grainContext)
        {
            Check();
            Ends++;
        }

        public void DelayDeactivation(IGrainContext grainContext, TimeSpan timeSpan) => Check();

        public IStorage<TGrainState> GetStorage<TGrainState>(IGrainContext grainContext) => throw new NotSupportedException();

        private void Check()
        {
            if (HasEnded) throw new InvalidOperationException("Attempt to access an invalid activation.");
        }
    }
}
