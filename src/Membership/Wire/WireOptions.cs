namespace Malten.Membership;

/// <summary>What a register's port bears, and who may speak to it.</summary>
public sealed record WireOptions
{
    /// <summary>
    /// What all nodes of a cluster share, as bytes; at least 16 random ones, since who listens in can try short ones.
    /// Empty unless set: then everyone who reaches the port may read and change the register.
    /// </summary>
    public ReadOnlyMemory<byte> Secret { get; init; }

    /// <summary>Open connections; more are closed at once. 256 unless set.</summary>
    public int MaxConnections { get; init; } = 256;

    /// <summary>Those of them that have not shown yet that they know the secret. 32 unless set.</summary>
    public int MaxStrangers { get; init; } = 32;

    /// <summary>Requests a second on one connection; more have to wait. 2000 unless set.</summary>
    public int RequestsPerSecond { get; init; } = 2000;

    /// <summary>Time to connect and to show the secret. 2 s unless set.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Time for one message from its first byte to its last. 5 s unless set.</summary>
    public TimeSpan FrameTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A connection without messages is closed after this. 2 min unless set.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(2);
}
