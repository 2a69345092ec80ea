namespace Malten.Cluster.Tests.Ends;

/// <summary>What streams leave in a cluster, all silos together.</summary>
/// <param name="Activations">Grains of streams and of those who answer their commands.</param>
/// <param name="Copies">Second copies.</param>
/// <param name="Feeds">Feeds that gateways keep for their listeners.</param>
/// <param name="Streams">Streams in use.</param>
/// <param name="Bytes">What is held for streams and for their copies.</param>
/// <param name="Timers">Timers that are set.</param>
internal sealed record Left(int Activations, int Copies, int Feeds, long Streams, long Bytes, int Timers)
{
    public static readonly Left Nothing = new(0, 0, 0, 0, 0, 0);
}
