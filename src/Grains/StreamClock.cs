namespace Malten.Grains;

/// <summary>
/// The clock by which streams begin and end. Tests replace it without replacing the clock of Orleans: Orleans asks for its
/// own <see cref="TimeProvider"/> under other keys, and every key without a registration resolves to the system's clock.
/// </summary>
public static class StreamClock
{
    /// <summary>The key under which the <see cref="TimeProvider"/> of streams is registered.</summary>
    public const string Key = "Malten.Streams";
}
