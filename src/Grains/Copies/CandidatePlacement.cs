using Malten.Grains.Members;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Malten.Grains.Copies;

/// <summary>Places a stream on the first silo that the view names for it (Orleans documentation, "Grain placement").</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking]
public sealed class CandidatePlacement : PlacementStrategy;

/// <summary>Marks grains that <see cref="CandidatePlacement"/> places.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CandidatePlacementAttribute() : PlacementAttribute(new CandidatePlacement());

/// <summary>
/// Chooses among the silos that may run the grain: where the first that the view names may not, the next.
/// </summary>
internal sealed class CandidatePlacementDirector(ClusterView cluster) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var compatible = context.GetCompatibleSilos(target);
        var view = cluster.View;
        var candidate = view.Candidates(target.GrainIdentity.Key.ToString()!, view.Members.Length).FirstOrDefault(compatible.Contains);
        // A silo that this one does not know as a member yet may still be named by the caller's view.
        return Task.FromResult(candidate ?? compatible[0]);
    }
}
