namespace Malten.Streams.Bytes;

/// <summary>The limits of bytes that pass through a pipe, as the wire contract states them.</summary>
public static class ByteLimits
{
    /// <summary>How many channels a pipe has in each direction, numbered from 0.</summary>
    public const int Channels = 16;

    /// <summary>The most bytes that are read or passed on at once.</summary>
    public const int PieceBytes = 24 * 1024;

    /// <summary>
    /// The bytes that each end of a channel is counted as holding while they flow: both together are the most of a channel
    /// that is anywhere in the nodes.
    /// </summary>
    public const int HeldBytes = 128 * 1024;

    /// <summary>How long a sender waits for a receiver.</summary>
    public static readonly TimeSpan ReceiverWait = TimeSpan.FromSeconds(30);

    /// <summary>How long a body may bring nothing while its receiver waits for more.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);
}
