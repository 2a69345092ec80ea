using Malten.Cluster.Tests.Members;
using Malten.Cluster.Tests.Simulation;
using Malten.Grains.Calls;
using Malten.Grains.Copies;
using Malten.Grains.Interfaces;
using Malten.Grains.Members;
using Malten.Grains.MessageStreams;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.MessageStreams;

/// <summary>An activation of a stream on a silo that has one neighbour, without an Orleans around it.</summary>
internal sealed class LoneGrain : IDisposable
{
    public static readonly StreamName Name = StreamName.Parse("lone");
    public static readonly SiloAddress Self = FakeMembership.SiloAt(1);
    public static readonly SiloAddress Other = FakeMembership.SiloAt(2);

    private readonly Lease _lease;

    public LoneGrain()
    {
        _lease = new Lease(Membership.View, null!, Microsoft.Extensions.Options.Options.Create(Options), Time);
        Local = new LocalStreams(Time, Time);
        Here = new CopyStore(Capacity, Time, Time, Membership.View, _lease);
        Elsewhere = new CopyStore(Capacity, Time, Time, Membership.View, _lease);
        Copies = new CopiesOfTwo(Here, Elsewhere);
        var recovery = new CopyRecovery(Here, Membership.View, Copies, new Settlement(Membership.View),
            new Departures(Membership, null!, Time), Microsoft.Extensions.Options.Options.Create(new CopyOptions()), new CopyLanes(Copies, Time),
            new CopyWindows(Membership.View), _lease, Time);
        Grain = new StreamGrain(Capacity, Time, Time, Local, Membership.View, _lease, recovery, null!, new NoGrains());
        Activations.Attach(new Activation(Name.Value, Grain), Runtime);
    }

    public FakeTime Time { get; } = new();

    public FakeMembership Membership { get; } = new(Self, Other);

    public Capacity Capacity { get; } = new(new CapacityOptions());

    /// <summary>Without the table, the silo has its lease only as long as it serves without it.</summary>
    public LeaseOptions Options { get; } = new() { ServesWithoutTable = true };

    public LocalStreams Local { get; }

    public CopyStore Here { get; }

    public CopyStore Elsewhere { get; }

    public CopiesOfTwo Copies { get; }

    public CountingRuntime Runtime { get; } = new();

    public StreamGrain Grain { get; }

    public void Dispose()
    {
        Local.Dispose();
        Here.Dispose();
        Elsewhere.Dispose();
        _lease.Dispose();
    }

    /// <summary>Nobody calls the grain.</summary>
    private sealed class NoGrains : IStreamGrains
    {
        public IStreamGrain Of(StreamName name) => null!;

        public GrainId IdOf(StreamName name) => ActivationContext.IdOf(name.Value);
    }
}
