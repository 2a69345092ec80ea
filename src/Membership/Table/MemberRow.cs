namespace Malten.Membership.Table;

/// <summary>One silo in the table.</summary>
/// <param name="Address">The key: the silo's address and start number, as text.</param>
/// <param name="Status">Where the silo is in its life.</param>
/// <param name="IAmAlive">When the silo last reported that it is alive.</param>
/// <param name="Updated">The newest of the row's other times: the silo's start and the votes against it.</param>
/// <param name="Payload">Everything else, in the caller's own format.</param>
public sealed record MemberRow(
    string Address, MemberStatus Status, DateTimeOffset IAmAlive, DateTimeOffset Updated, string Payload);

/// <summary>Where a silo is in its life. The numbers are those of Orleans' <c>SiloStatus</c>.</summary>
public enum MemberStatus
{
    /// <summary>Not known.</summary>
    None = 0,

    /// <summary>The silo was created.</summary>
    Created = 1,

    /// <summary>The silo is joining the cluster.</summary>
    Joining = 2,

    /// <summary>The silo takes part in the cluster.</summary>
    Active = 3,

    /// <summary>The silo is shutting down gracefully.</summary>
    ShuttingDown = 4,

    /// <summary>The silo is stopping without a graceful shutdown.</summary>
    Stopping = 5,

    /// <summary>The silo has stopped or was declared dead.</summary>
    Dead = 6,
}
