namespace Malten.Gateway;

/// <summary>Limits of the HTTP layer that are not settings.</summary>
internal static class GatewayLimits
{
    /// <summary>The longest body: 64 KiB. The longest valid request is under 20 KiB.</summary>
    public const int BodyBytes = 64 * 1024;

    /// <summary>How often a comment keeps an idle event stream open.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>How long a listener may take nothing before it is disconnected.</summary>
    public static readonly TimeSpan Stall = TimeSpan.FromSeconds(30);

    /// <summary>How long the drain and the server's end may take; what comes after it must fit into five seconds as well.</summary>
    public static readonly TimeSpan Shutdown = TimeSpan.FromSeconds(3.5);

    /// <summary>How long a collector of metrics may take for the last ones.</summary>
    public static readonly TimeSpan LastExport = TimeSpan.FromSeconds(0.5);

    /// <summary>How long a client may take to send its headers.</summary>
    public static readonly TimeSpan Headers = TimeSpan.FromSeconds(15);
}
