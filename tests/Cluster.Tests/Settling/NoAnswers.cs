using System.Runtime.CompilerServices;
using Malten.Grains.Copies;
using Malten.Grains.Members;
using Malten.Grains.Settling;

namespace Malten.Cluster.Tests.Settling;

/// <summary>Silos whose processes have ended: no call gets through, and their hosts refuse connections, unless they are silent.</summary>
internal sealed class NoAnswers : ICopyServices, IPortProbe
{
    private int _calls;

    /// <summary>Whether the hosts do not answer either.</summary>
    public bool IsSilent { get; set; }

    /// <summary>How many calls there were.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public ICopyService On(SiloAddress silo)
    {
        Interlocked.Increment(ref _calls);
        throw new SiloUnavailableException();
    }

    public Task<bool> RefusesAsync(SiloAddress silo, CancellationToken cancellationToken) => Task.FromResult(!IsSilent);

    /// <summary>Lets a silo look at its neighbours once, as it does by itself again and again.</summary>
    public static Task LookAsync(NeighbourWatch watch) => Look(watch, default);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "LookAsync")]
    private static extern Task Look(NeighbourWatch watch, CancellationToken stop);
}
