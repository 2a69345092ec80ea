namespace Malten.Streams.Limits;

/// <summary>What a node has a limited amount of.</summary>
public enum Resource
{
    /// <summary>Memory, in bytes.</summary>
    Bytes,

    /// <summary>Streams in use.</summary>
    Streams,

    /// <summary>Open listeners.</summary>
    Listeners,

    /// <summary>Open connections, whatever they are used for.</summary>
    Connections,

    /// <summary>Open connections on which nobody listens; they are among the others too.</summary>
    IdleConnections,
}
