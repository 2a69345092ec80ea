using System.Runtime.CompilerServices;
using Malten.Grains.Copies;
using Malten.Grains.Members;
using Malten.Grains.Settling;

namespace Malten.Cluster.Tests.Settling;

/// <summary>Silos whose processes have ended: no call gets through, and their hosts refuse connections.</summary>
internal sealed class NoAnswers : ICopyServices, IPortProbe
{
    public ICopyService On(SiloAddress silo) => throw new SiloUnavailableException();

    public Task<bool> RefusesAsync(SiloAddress silo, CancellationToken cancellationToken) => Task.FromResult(true);

    /// <summary>Lets a silo look at its neighbours once, as it does five times a second.</summary>
    public static Task LookAsync(NeighbourWatch watch) => Look(watch, default);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "LookAsync")]
    private static extern Task Look(NeighbourWatch watch, CancellationToken stop);
}
