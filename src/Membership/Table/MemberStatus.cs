namespace Malten.Membership;

/// <summary>Where a silo is in its life, with the numbers that Orleans gives it.</summary>
public enum MemberStatus
{
    /// <summary>Not known.</summary>
    None = 0,

    /// <summary>It has begun.</summary>
    Created = 1,

    /// <summary>It is joining.</summary>
    Joining = 2,

    /// <summary>It takes part.</summary>
    Active = 3,

    /// <summary>It is leaving in good order.</summary>
    ShuttingDown = 4,

    /// <summary>It is leaving at once.</summary>
    Stopping = 5,

    /// <summary>It is gone, or was declared so.</summary>
    Dead = 6,
}
