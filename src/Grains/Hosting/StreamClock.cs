namespace Malten.Grains.Hosting;

/// <summary>
/// The clock of streams, apart from those of Orleans, which asks for each of its own under another key: without a
/// registration under this one, all are the system's.
/// </summary>
public static class StreamClock
{
    /// <summary>The key under which <see cref="TimeProvider"/> is asked for.</summary>
    public const string Key = "Malten.Streams";
}
