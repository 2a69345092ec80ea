using System.Net.Sockets;

namespace Malten.Grains.Hosting;

/// <summary>Tells failures of the way from failures of what was asked for.</summary>
internal static class Transient
{
    /// <summary>
    /// Whether the call may be repeated: a silo died or could not be reached, an activation moved, an answer did not come
    /// in time. Whether it took effect is not known.
    /// </summary>
    public static bool Is(Exception failure) =>
        failure is TimeoutException or OrleansException or SocketException or IOException or OperationCanceledException
            or InvalidOperationException { Source: "Orleans.Core" or "Orleans.Runtime" };
}
