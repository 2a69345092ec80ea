namespace Malten.Silo.Hosting;

/// <summary>What a node does in the cluster.</summary>
public enum ClusterRole
{
    /// <summary>Serves HTTP and holds streams.</summary>
    Silo,

    /// <summary>Serves HTTP and reaches the streams of the silos.</summary>
    Gateway,
}
