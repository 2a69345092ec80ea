namespace Malten.Membership.Wire;

/// <summary>The limits of a register's port, and the secret that admits peers to it.</summary>
public sealed record WireOptions
{
    /// <summary>
    /// The secret that all nodes of a cluster share, as bytes. Use at least 16 random ones, because an eavesdropper can
    /// guess short ones. Empty by default: then whoever reaches the port can read and change the register.
    /// </summary>
    public ReadOnlyMemory<byte> Secret { get; init; }

    /// <summary>The most connections open at once; further ones are closed. Default: 256.</summary>
    public int MaxConnections { get; init; } = 256;

    /// <summary>
    /// The most connections that have not proved yet that they know the secret; further ones are closed. Default: 32.
    /// </summary>
    public int MaxHandshakes { get; init; } = 32;

    /// <summary>Requests a second on one connection; further ones are delayed. Default: 2000.</summary>
    public int RequestsPerSecond { get; init; } = 2000;

    /// <summary>The time to connect and to prove that both sides know the secret. Default: 2 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The time for one message, from its first byte to its last. Default: 5 s.</summary>
    public TimeSpan FrameTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A connection without messages for this long is closed. Default: 2 min.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(2);
}
