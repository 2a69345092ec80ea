using Malten.Testing;
using Malten.Testing.Contract;
using Malten.Testing.Nodes;
using Malten.Testing.Processes;

namespace Malten.Published.Tests;

/// <summary>A gateway from the published file, started once for all tests of the contract.</summary>
[CollectionDefinition(nameof(SharedGateway))]
public sealed class SharedGateway : IAsyncLifetime, ICollectionFixture<SharedGateway>
{
    private NodeProcess? _node;

    /// <summary>Where it is reached; set while the collection runs.</summary>
    public static Uri Address { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await NodeProcess.StartAsync([PublishedFile.Gateway, .. IceSettings.Arguments], Unlimited.Settings);
        Address = _node.Address;
    }

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>A silo from the published file, a cluster of one.</summary>
[CollectionDefinition(nameof(SharedSilo))]
public sealed class SharedSilo : IAsyncLifetime, ICollectionFixture<SharedSilo>
{
    private NodeProcess? _node;

    /// <summary>Where it is reached; set while the collection runs.</summary>
    public static Uri Address { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var port = FreePorts.Find(1, 3).Single();
        _node = await NodeProcess.StartAsync(
            [PublishedFile.Silo, "--port", $"{port}", "--advertise", "127.0.0.1", .. IceSettings.Arguments], Unlimited.Settings);
        Address = _node.Address;
    }

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>The node of <see cref="SharedGateway"/>.</summary>
public sealed class GatewayFile : IContractHost<GatewayFile>
{
    public IReadOnlyList<Uri> Addresses => [SharedGateway.Address];

    public FakeTime? Time => null;

    public static ValueTask<GatewayFile> StartAsync() => ValueTask.FromResult(new GatewayFile());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>The node of <see cref="SharedSilo"/>.</summary>
public sealed class SiloFile : IContractHost<SiloFile>
{
    public IReadOnlyList<Uri> Addresses => [SharedSilo.Address];

    public FakeTime? Time => null;

    public static ValueTask<SiloFile> StartAsync() => ValueTask.FromResult(new SiloFile());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Limits per client are out of the way of tests of the contract.</summary>
internal static class Unlimited
{
    public static (string Name, string Value)[] Settings { get; } =
    [
        ("Malten__PostsPerSecondPerClient", "100000"), ("Malten__PostsPerSecondPerClientAndStream", "100000"),
        ("Malten__PostBurstPerClientAndStream", "100000"), ("Malten__RequestsPerSecondWhenBusy", "100000"),
        ("Malten__ListenersPerClient", "100000"), ("Malten__DrainSeconds", "0"),
    ];
}
