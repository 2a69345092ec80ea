using System.Runtime.CompilerServices;
using Malten.Grains.MessageStreams;
using Orleans.Core;
using Orleans.Timers;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>
/// The activations of streams on one silo, as Orleans runs them: the first call makes one, calls interleave, and one that
/// asked for its end takes no new calls and ends when those under way have. Orleans waits no longer for one that is to end
/// before it is complete: it disposes of it, as of every other, but does not tell it before.
/// </summary>
internal sealed class Activations(Node node, World world, Breakage broken, Func<StreamGrain> make) : IGrainRuntime
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
            activation.End();
            EndIfIdle(activation);
            await activation.Ended.Task;
        }
    }

    public void DeactivateOnIdle(IGrainContext grainContext)
    {
        var activation = Valid(grainContext);
        activation.End();
        world.Tell(node, $"is to deactivate {activation.Stream}");
        EndIfIdle(activation);
    }

    /// <summary>Does nothing more: histories end long before Orleans would look for idle grains.</summary>
    public void DelayDeactivation(IGrainContext grainContext, TimeSpan timeSpan) => Valid(grainContext);

    public IStorage<TGrainState> GetStorage<TGrainState>(IGrainContext grainContext) => throw new NotSupportedException();

    private Activation Activate(string stream)
    {
        var activation = new Activation(stream, make());
        Attach(activation, this);
        _activations[stream] = activation;
        activation.Ready = ReadyAsync();
        return activation;

        async Task ReadyAsync()
        {
            using var stopping = new CancellationTokenSource();
            activation.Cancel = stopping.Cancel;
            try
            {
                world.Tell(node, $"activates {stream}");
                await activation.Grain.OnActivateAsync(stopping.Token).WaitAsync(stopping.Token);
                activation.IsComplete = !activation.IsEnding;
                world.Tell(node, activation.IsComplete ? $"has activated {stream}" : $"has not activated {stream} in time");
            }
            catch (OperationCanceledException) when (activation.IsEnding)
            {
                world.Tell(node, $"does not go on to activate {stream}");
            }
            catch
            {
                activation.End();
                throw;
            }
            finally
            {
                activation.Cancel = null;
            }
        }
    }

    private void EndIfIdle(Activation activation)
    {
        if (!activation.IsEnding || activation.Calls > 0 || activation.HasBegunToEnd || !activation.Ready.IsCompleted) return;
        activation.HasBegunToEnd = true;
        _ = EndAsync();

        async Task EndAsync()
        {
            if (activation.IsComplete)
                await activation.Grain.OnDeactivateAsync(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, ""), default);
            if (activation.IsComplete || !broken.LeavesIncomplete) activation.Grain.Dispose();
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

    private static Activation Valid(IGrainContext context) => ((ActivationContext)context).Activation is { Ended.Task.IsCompleted: false } valid
        ? valid
        : throw new InvalidOperationException("Attempt to access an invalid activation.") { Source = "Orleans.Runtime" };

    /// <summary>Tells a grain which activation it is, and what runs it.</summary>
    public static void Attach(Activation activation, IGrainRuntime runtime)
    {
        ContextOf(activation.Grain) = new ActivationContext(activation);
        RuntimeOf(activation.Grain) = runtime;
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

    /// <summary>Whether it takes calls, or did: it was not to end before it had begun.</summary>
    public bool IsComplete { get; set; }

    public bool IsEnding { get; private set; }

    public bool HasBegunToEnd { get; set; }

    /// <summary>Cancels its beginning; null when it does not begin any more.</summary>
    public Action? Cancel { get; set; }

    /// <summary>It is to end.</summary>
    public void End()
    {
        IsEnding = true;
        Cancel?.Invoke();
    }
}
