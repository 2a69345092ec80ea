namespace Malten.Cluster.Tests.Simulation;

/// <summary>A rule that is taken out on purpose, to see whether a history goes wrong without it.</summary>
internal sealed record Breakage
{
    /// <summary>A silo says that it holds what it does not.</summary>
    public bool AcknowledgesUnheld { get; init; }

    /// <summary>A recovery does not make the holders refuse the activation before it.</summary>
    public bool RaisesNoFence { get; init; }

    /// <summary>Silos answer one that they know was declared dead, and heed what it asks.</summary>
    public bool AnswersTheDead { get; init; }

    /// <summary>A recovery asks on a silo that does not know itself a member.</summary>
    public bool AsksWithoutLease { get; init; }

    /// <summary>An activation that was replaced leaves nothing.</summary>
    public bool KeepsNothing { get; init; }

    /// <summary>An activation that was to end before it was complete is not cleaned up.</summary>
    public bool LeavesIncomplete { get; init; }

    /// <summary>A silo that does not know itself a member answers.</summary>
    public bool NeedsNoLease { get; init; }

    /// <summary>A recovery does not wait until a silo that was declared dead can't believe itself a member.</summary>
    public bool WaitsForNoDeparture { get; init; }

    /// <summary>Nobody moves what is not touched.</summary>
    public bool MovesNothing { get; init; }

    /// <summary>A view counts as settled from its beginning.</summary>
    public bool SettlesAtOnce { get; init; }

    /// <summary>A silo that is asked to stop does not hand over what it holds.</summary>
    public bool LeavesAtOnce { get; init; }

    /// <summary>A post that is repeated with its id is stored again.</summary>
    public bool StoresRepeated { get; init; }
}
