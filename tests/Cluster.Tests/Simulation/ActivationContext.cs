namespace Malten.Cluster.Tests.Simulation;

/// <summary>What a grain knows of its activation: its name. A history has one thread, so that every turn comes at once.</summary>
internal sealed class ActivationContext(Activation activation) : IGrainContext, IWorkItemScheduler
{
    private static readonly GrainType Type = GrainType.Create("stream");

    public Activation Activation => activation;

    public GrainId GrainId { get; } = IdOf(activation.Stream);

    public object? GrainInstance => activation.Grain;

    public GrainReference GrainReference => throw new NotSupportedException();

    public ActivationId ActivationId => throw new NotSupportedException();

    public GrainAddress Address => throw new NotSupportedException();

    public IServiceProvider ActivationServices => throw new NotSupportedException();

    public IGrainLifecycle ObservableLifecycle => throw new NotSupportedException();

    public IWorkItemScheduler Scheduler => this;

    public Task Deactivated => throw new NotSupportedException();

    public void SetComponent<TComponent>(TComponent? value) where TComponent : class => throw new NotSupportedException();

    public object? GetComponent(Type componentType) => null;

    public object? GetTarget() => activation.Grain;

    public void ReceiveMessage(object message) => throw new NotSupportedException();

    public void Activate(Dictionary<string, object>? requestContext, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public void Rehydrate(IRehydrationContext context) => throw new NotSupportedException();

    public void Migrate(Dictionary<string, object>? requestContext, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public void QueueAction(Action action) => action();

    public void QueueAction(Action<object> action, object state) => action(state);

    public void QueueTask(Task task) => throw new NotSupportedException();

    public static GrainId IdOf(string stream) => GrainId.Create(Type, stream);

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);
}
