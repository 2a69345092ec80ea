using System.Text;
using Malten.Membership;
using Malten.Membership.Registers;
using Malten.Membership.Seeds;
using Malten.Membership.Wire;
using Malten.Silo.Settings;
using Microsoft.Extensions.Options;

namespace Malten.Silo.Clustering;

/// <summary>This node's access to the register of the seeds, and its part in it if the node is a seed.</summary>
internal sealed partial class SeedRegister(
    IOptions<MaltenClusterOptions> options, KeptSeed kept, ILoggerFactory loggers, ILogger<SeedRegister> logger,
    IHostApplicationLifetime host, TimeProvider time)
    : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WarningInterval = TimeSpan.FromSeconds(10);

    private RegisterNode? _node;

    /// <summary>The register. Available once <see cref="StartAsync"/> has returned.</summary>
    public RegisterNode Node => _node ?? throw new InvalidOperationException("The register was not started.");

    /// <summary>Whether this node is no seed, or is one that knows the table which its silo has joined.</summary>
    public bool TakesPart => _node is { } node && (node.LocalEndPoint is null || (node.Held is { } held && held == node.Register.Generation));

    /// <summary>
    /// Finds out whether this node is one of the seeds, starts it as one if so and it does not run yet, and returns when the
    /// register can be read. Logs a warning every ten seconds until then.
    /// </summary>
    public async Task StartAsync()
    {
        var seeds = options.Value.ParseSeeds();
        _node ??= await kept.OpenAsync(async () => new RegisterNodeOptions
        {
            Seeds = seeds, Self = await FindSelfAsync(seeds),
            Wire = new WireOptions { Secret = Encoding.UTF8.GetBytes(options.Value.Secret) },
        }, loggers, time);
        await WaitForMajorityAsync(_node, seeds);
    }

    public ValueTask DisposeAsync() => _node is { } node ? kept.CloseAsync(node) : ValueTask.CompletedTask;

    private async Task WaitForMajorityAsync(RegisterNode node, SeedList? seeds)
    {
        long? warned = null;
        while (true)
        {
            try
            {
                await node.Table.ReadAllAsync(host.ApplicationStopping);
                return;
            }
            catch (RegisterException changed) when (changed.Generation is { } generation)
            {
                node.Register.Adopt(generation); // the host before this one lost its row with the table, and this one has none yet
            }
            catch (RegisterException)
            {
                if (warned is not { } last || time.GetElapsedTime(last) > WarningInterval)
                {
                    warned = time.GetTimestamp();
                    LogWaiting(logger, (seeds!.Addresses.Length / 2) + 1, seeds.Addresses.Length, string.Join(", ", seeds.Addresses));
                }

                await Task.Delay(Pause, time, host.ApplicationStopping);
            }
        }
    }

    /// <summary>The seed that this node is, or null. A listed name that cannot be resolved yet may be this node's own.</summary>
    private async Task<SeedAddress?> FindSelfAsync(SeedList? seeds)
    {
        if (seeds is null || options.Value.Role == ClusterRole.Gateway) return null;
        var (port, stopping) = (options.Value.RegisterPort, host.ApplicationStopping);
        for (var attempt = 0; attempt < HostNames.Attempts; attempt++)
        {
            if (await seeds.FindSelfAsync(port, stopping) is { } self) return self;
            if (await AreResolvedAsync(seeds.Addresses.Where(seed => seed.Port == port), stopping)) return null;
            await Task.Delay(HostNames.Pause, time, stopping);
        }

        return null;
    }

    private static async Task<bool> AreResolvedAsync(IEnumerable<SeedAddress> seeds, CancellationToken cancellationToken)
    {
        foreach (var seed in seeds)
            if ((await HostNames.ResolveAsync(seed.Host, cancellationToken)).Length == 0)
                return false;
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "Waiting for {Majority} of the {Count} seeds ({Seeds}) to answer.")]
    private static partial void LogWaiting(ILogger logger, int majority, int count, string seeds);
}
