namespace Malten.Testing.Nodes;

/// <summary>How a trial ended.</summary>
/// <param name="Acknowledged">Posts that were acknowledged.</param>
/// <param name="Heard">Messages that all listeners together heard.</param>
/// <param name="Connections">How often listeners connected.</param>
/// <param name="Retries">How often a post had to be repeated.</param>
/// <param name="Faults">What was lost, repeated, out of order or inconsistent; empty when nothing was.</param>
public sealed record Verdict(int Acknowledged, int Heard, int Connections, int Retries, IReadOnlyList<string> Faults)
{
    public override string ToString() =>
        $"{Acknowledged} posts acknowledged ({Retries} retries), {Heard} messages heard over {Connections} connections, "
        + (Faults.Count == 0 ? "none lost, repeated or out of order" : $"{Faults.Count} FAULTS:\n  {string.Join("\n  ", Faults.Take(20))}");
}
