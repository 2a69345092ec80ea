namespace Malten.Silo.Clustering;

/// <summary>Keeps a node in the role gateway trying to connect, once a second: silos may start later than this node.</summary>
internal sealed class SiloRetry(TimeProvider time) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        await Task.Delay(Pause, time, cancellationToken);
        return true;
    }
}
