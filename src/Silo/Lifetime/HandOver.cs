using Malten.Grains.Hosting;

namespace Malten.Silo.Lifetime;

/// <summary>The first part of an orderly stop.</summary>
internal static partial class HandOver
{
    /// <summary>
    /// Returns when other silos hold what this one held, or when there is no more time for that, which the log tells. A node
    /// in the role gateway holds nothing.
    /// </summary>
    public static async Task HandOverAsync(this WebApplication app)
    {
        if (app.Services.GetService<SiloMembership>() is { } member && !await member.LeaveAsync()) LogLeft(app.Logger);
    }

    [LoggerMessage(LogLevel.Warning,
        "This node stops before the others hold all that it held. Do not stop another one before this one has gone from the list in "
        + "their logs (The cluster has ... nodes), and malten.copies.missing is 0 on all of them.")]
    private static partial void LogLeft(ILogger logger);
}
