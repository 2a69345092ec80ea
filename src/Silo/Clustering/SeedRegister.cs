using System.Net;
using System.Text;
using Malten.Membership;
using Malten.Membership.Registers;
using Malten.Membership.Seeds;
using Malten.Membership.Wire;
using Malten.Silo.Hosting;
using Microsoft.Extensions.Options;

namespace Malten.Silo.Clustering;

/// <summary>This node's part in the register of the seeds.</summary>
internal sealed partial class SeedRegister(
    IOptions<MaltenClusterOptions> options, ILoggerFactory loggers, ILogger<SeedRegister> logger, IHostApplicationLifetime host,
    TimeProvider time)
    : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Complaint = TimeSpan.FromSeconds(10);

    private RegisterNode? _node;

    /// <summary>The register; there once <see cref="StartAsync"/> has returned.</summary>
    public RegisterNode Node => _node ?? throw new InvalidOperationException("The register was not started.");

    /// <summary>
    /// Finds out whether this node is one of the seeds, starts its part, and returns when the register can be read. Until
    /// then it says every few seconds that it can't.
    /// </summary>
    public async Task StartAsync()
    {
        var seeds = options.Value.ParseSeeds();
        _node ??= new RegisterNode(new RegisterNodeOptions
        {
            Seeds = seeds, Self = await FindSelfAsync(seeds),
            Wire = new WireOptions { Secret = Encoding.UTF8.GetBytes(options.Value.Secret) },
        }, loggers, time);
        await WaitForMajorityAsync(_node, seeds);
    }

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task WaitForMajorityAsync(RegisterNode node, SeedList? seeds)
    {
        long? complained = null;
        while (true)
        {
            try
            {
                await node.Table.ReadAllAsync(host.ApplicationStopping);
                return;
            }
            catch (RegisterException)
            {
                if (complained is not { } last || time.GetElapsedTime(last) > Complaint)
                {
                    complained = time.GetTimestamp();
                    LogWaiting(logger, (seeds!.Addresses.Length / 2) + 1, seeds.Addresses.Length, string.Join(", ", seeds.Addresses));
                }

                await Task.Delay(Pause, time, host.ApplicationStopping);
            }
        }
    }

    /// <summary>A name that can't be resolved yet may be this node's own: containers get theirs a moment after they start.</summary>
    private async Task<SeedAddress?> FindSelfAsync(SeedList? seeds)
    {
        if (seeds is null || options.Value.Role == ClusterRole.Gateway) return null;
        for (var attempt = 0; attempt < 20; attempt++)
        {
            if (await seeds.FindSelfAsync(options.Value.RegisterPort) is { } self) return self;
            if (seeds.Addresses.All(seed => seed.Port != options.Value.RegisterPort || IsResolved(seed.Host))) return null;
            await Task.Delay(Pause, time, host.ApplicationStopping);
        }

        return null;
    }

    private static bool IsResolved(string host)
    {
        try
        {
            return Dns.GetHostAddresses(host).Length > 0;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Waiting for {Majority} of the {Count} seeds ({Seeds}): not that many answer. Trying on.")]
    private static partial void LogWaiting(ILogger logger, int majority, int count, string seeds);
}
