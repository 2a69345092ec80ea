using Orleans.Core;
using Orleans.Timers;

namespace Malten.Cluster.Tests.MessageStreams;

/// <summary>Counts how often the activation asks for its end.</summary>
internal sealed class CountingRuntime : IGrainRuntime
{
    public int Ends { get; private set; }

    /// <summary>Whether the activation counts as invalid, so that nothing may be asked for.</summary>
    public bool HasEnded { get; set; }

    public string SiloIdentity => "";

    public SiloAddress SiloAddress => LoneGrain.Self;

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
