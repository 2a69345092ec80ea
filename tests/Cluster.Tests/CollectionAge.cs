using Orleans.Metadata;

namespace Malten.Cluster.Tests;

/// <summary>Gives every grain class the same collection age, whatever its attribute says.</summary>
internal sealed class CollectionAge(TimeSpan age) : IGrainPropertiesProvider
{
    public void Populate(Type grainClass, GrainType grainType, Dictionary<string, string> properties) =>
        properties[WellKnownGrainTypeProperties.IdleDeactivationPeriod] = age.ToString("c");
}
