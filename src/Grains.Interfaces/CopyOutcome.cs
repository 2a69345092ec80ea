namespace Malten.Grains.Interfaces;

/// <summary>What became of a change to a copy.</summary>
public enum CopyOutcome
{
    /// <summary>It is held.</summary>
    Held,

    /// <summary>The copy is not as old as the writer thinks: it must be written whole.</summary>
    Differs,

    /// <summary>The writer was replaced, or its silo is not alive as seen from here.</summary>
    Refused,
}
