using Malten.Testing.Hostile.Attacks;

namespace Malten.Testing.Hostile;

/// <summary>A way to make a node serve its other clients worse.</summary>
/// <param name="Name">What it is called on a command line and in a table.</param>
/// <param name="What">What the attackers do.</param>
/// <param name="RunAsync">Does it until it is stopped, or until its pace allows no more.</param>
/// <param name="PerSecond">
/// How many requests, or new connections, a second make sense: as many as hurt, and no more than programs on the node's own
/// machine can send without taking its processors from it.
/// </param>
public sealed record Attack(string Name, string What, Func<Assault, Task> RunAsync, int PerSecond = 2000)
{
    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<Attack> All = [.. Holding.All, .. Beginning.All, .. Asking.All, .. Storming.All, .. Breaking.All];
}
