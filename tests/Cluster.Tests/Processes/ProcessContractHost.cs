using Malten.Testing;
using Malten.Testing.Contract;

namespace Malten.Cluster.Tests.Processes;

/// <summary>The processes of <see cref="SharedNodes"/>: they run by the real clock.</summary>
public sealed class ProcessContractHost : IContractHost<ProcessContractHost>
{
    public IReadOnlyList<Uri> Addresses => SharedNodes.Addresses;

    public FakeTime? Time => null;

    public static ValueTask<ProcessContractHost> StartAsync() => ValueTask.FromResult(new ProcessContractHost());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
