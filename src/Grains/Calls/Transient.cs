using System.Net.Sockets;

namespace Malten.Grains.Calls;

/// <summary>Tells a call that failed on its way from one that the callee refused.</summary>
internal static class Transient
{
    /// <summary>
    /// Whether the call failed on its way: a silo died or could not be reached, an activation moved, or no answer came in
    /// time. The call may have taken effect all the same; the caller may repeat it if doing it twice is harmless.
    /// </summary>
    public static bool Is(Exception failure) =>
        failure is TimeoutException or OrleansException or SocketException or IOException or OperationCanceledException
            or InvalidOperationException { Source: "Orleans.Core" or "Orleans.Runtime" };
}
