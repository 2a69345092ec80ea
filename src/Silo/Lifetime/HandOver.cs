using Malten.Grains.Hosting;

namespace Malten.Silo.Lifetime;

/// <summary>The first part of an orderly stop.</summary>
internal static class HandOver
{
    /// <summary>Returns when other silos hold what this one held. A node in the role gateway holds nothing.</summary>
    public static Task HandOverAsync(this WebApplication app) =>
        app.Services.GetService<SiloMembership>()?.LeaveAsync() ?? Task.CompletedTask;
}
