using System.Runtime.CompilerServices;
using Malten.Grains.MessageStreams;
using Orleans.Core;
using Orleans.Timers;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>
/// The activations of streams on one silo, as Orleans runs them: the first call makes one, calls interleave, and one that
/// asked for its end takes no new calls and ends when those under way have.
/// </summary>
internal sealed class Activations(Node node, World world, Func<StreamGrain> make) : IGrainRuntime
{
    private const int MostForwards = 3;

    private readonly Dictionary<string, Activation> _activations = [];

    public string SiloIdentity => "";

    public SiloAddress SiloAddress => node.Address;

    public IGrainFactory GrainFactory => throw new NotSupportedException();

    public ITimerRegistry TimerRegistry => throw new NotSupportedException();

    public IServiceProvider ServiceProvider => throw new NotSupportedException();

    public bool Has(string stream) => _activations.ContainsKey(stream);

    /// <summary>Calls a stream here, or wherever its activation turns out to be.</summary>
    public async Task<T> InvokeAsync<T>(string stream, Func<StreamGrain, Task<T>> call, TimeSpan timeout, int forwards = 0)
    {
        if (!_activations.TryGetValue(stream, out var activation))
        {
            if (node.IsCut) await new TaskCompletionSource().Task; // the directory is out of reach
            var silo = world.Directory.Register(stream, node.Address);
            if (!silo.Equals(node.Address)) return await ForwardAsync(silo);
            activation = Activate(stream);
        }
        else if (activation.IsEnding)
        {
            await activation.Ended.Task;
            return await ForwardAsync(world.Place(stream, node));
        }

        activation.Calls++;
        try
        {
            await activation.Ready;
            if (!activation.IsEnding) return await call(activation.Grain);
        }
        finally
        {
            activation.Calls--;
            EndIfIdle(activation);
        }

        await activation.Ended.Task; // a call before this one has asked for its end
        return await ForwardAsync(world.Place(stream, node));

        Task<T> ForwardAsync(SiloAddress silo) => forwards == MostForwards
            ? throw new OrleansException("Forwarded too often.")
            : node.Network.CallAsync(node, silo, timeout, other => other.Activations.InvokeAsync(stream, call, timeout, forwards + 1));
    }

    /// <summary>Ends every activation, as a silo does that stops.</summary>
    public async Task EndAllAsync()
    {
        foreach (var activation in _activations.Values.ToList())
        {
            activation.IsEnding = true;
            EndIfIdle(activation);
            await activation.Ended.Task;
        }
    }

    public void DeactivateOnIdle(IGrainContext grainContext)
    {
        var activation = ((ActivationContext)grainContext).Activation;
        activation.IsEnding = true;
        world.Tell(node, $"is to deactivate {activation.Stream}");
        EndIfIdle(activation);
    }

    public void DelayDeactivation(IGrainContext grainContext, TimeSpan timeSpan)
    {
        // histories end long before Orleans would look for idle grains
    }

    public IStorage<TGrainState> GetStorage<TGrainState>(IGrainContext grainContext) => throw new NotSupportedException();

    private Activation Activate(string stream)
    {
        var activation = new Activation(stream, make());
        ContextOf(activation.Grain) = new ActivationContext(activation);
        RuntimeOf(activation.Grain) = this;
        _activations[stream] = activation;
        activation.Ready = ReadyAsync();
        return activation;

        async Task ReadyAsync()
        {
            try
            {
                world.Tell(node, $"activates {stream}");
                await activation.Grain.OnActivateAsync(CancellationToken.None);
                world.Tell(node, $"has activated {stream}");
            }
            catch
            {
                activation.IsEnding = true;
                Remove(activation);
                throw;
            }
        }
    }

    private void EndIfIdle(Activation activation)
    {
        if (!activation.IsEnding || activation.Calls > 0 || activation.HasBegunToEnd || !activation.Ready.IsCompletedSuccessfully) return;
        activation.HasBegunToEnd = true;
        _ = EndAsync();

        async Task EndAsync()
        {
            await activation.Grain.OnDeactivateAsync(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, ""), default);
            Remove(activation);
        }
    }

    private void Remove(Activation activation)
    {
        if (_activations.GetValueOrDefault(activation.Stream) == activation) _activations.Remove(activation.Stream);
        world.Directory.Unregister(activation.Stream, node.Address);
        activation.Ended.TrySetResult();
        world.Tell(node, $"has deactivated {activation.Stream}");
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<GrainContext>k__BackingField")]
    private static extern ref IGrainContext ContextOf(Grain grain);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<Runtime>k__BackingField")]
    private static extern ref IGrainRuntime RuntimeOf(Grain grain);
}

/// <summary>One activation of a stream.</summary>
internal sealed class Activation(string stream, StreamGrain grain)
{
    public string Stream => stream;

    public StreamGrain Grain => grain;

    public Task Ready { get; set; } = Task.CompletedTask;

    public TaskCompletionSource Ended { get; } = new();

    public int Calls { get; set; }

    public bool IsEnding { get; set; }

    public bool HasBegunToEnd { get; set; }
}
