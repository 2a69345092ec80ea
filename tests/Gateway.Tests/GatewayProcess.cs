using Malten.Gateway.Hosting;
using Malten.Testing.Processes;

namespace Malten.Gateway.Tests;

/// <summary>The program itself, in a process of its own.</summary>
internal static class GatewayProcess
{
    private static readonly string[] Command = ["dotnet", typeof(GatewayHosting).Assembly.Location];

    /// <inheritdoc cref="NodeProcess.StartAsync"/>
    public static Task<NodeProcess> StartAsync(params (string Name, string Value)[] environment) => NodeProcess.StartAsync(Command, environment);

    /// <inheritdoc cref="NodeProcess.FailAsync"/>
    public static Task<NodeProcess> FailAsync(params (string Name, string Value)[] environment) => NodeProcess.FailAsync(Command, environment);
}
