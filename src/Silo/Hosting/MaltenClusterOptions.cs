using System.ComponentModel.DataAnnotations;
using Malten.Membership.Seeds;

namespace Malten.Silo.Hosting;

/// <summary>The settings of a cluster node: section <c>Malten:Cluster</c>, environment variables <c>Malten__Cluster__…</c>.</summary>
public sealed record MaltenClusterOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Malten:Cluster";

    /// <summary>What one may give as a seed without a port, and where a silo listens unless told otherwise.</summary>
    public const int DefaultPort = 11111;

    private const int LeastSecret = 16;

    /// <summary>
    /// The nodes that keep the table of who is alive: <c>host</c> or <c>host:port</c>, separated by commas, the same on
    /// every node. Three bear the loss of one. Empty: a cluster of one.
    /// </summary>
    public string Seeds { get; init; } = "";

    /// <summary>Whether this node holds streams, or only serves HTTP.</summary>
    public ClusterRole Role { get; init; }

    /// <summary>
    /// The port on which silos speak to this one. The next port is that of the register, the one after it that of nodes in
    /// the role gateway.
    /// </summary>
    [Range(1, 65533)]
    public int Port { get; init; } = DefaultPort;

    /// <summary>The address under which the others reach this node; found by itself when empty.</summary>
    public string Advertise { get; init; } = "";

    /// <summary>Keeps apart clusters that can reach each other.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Id { get; init; } = "malten";

    /// <summary>What all nodes know and nobody else does, at least 16 characters: without it a node gets no place in the table.</summary>
    public string Secret { get; init; } = "";

    internal int RegisterPort => Port + 1;

    internal int GatewayPort => Port + 2;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Secret.Length is > 0 and < LeastSecret)
            yield return new ValidationResult($"{Section}:Secret needs at least {LeastSecret} characters.", [nameof(Secret)]);
        if (Role == ClusterRole.Gateway && Seeds.Length == 0)
            yield return new ValidationResult($"{Section}:Seeds is needed in the role gateway.", [nameof(Seeds)]);
        string? malformed = null;
        try
        {
            ParseSeeds();
        }
        catch (FormatException failure)
        {
            malformed = failure.Message;
        }

        if (malformed is not null) yield return new ValidationResult($"{Section}:Seeds: {malformed}", [nameof(Seeds)]);
    }

    /// <summary>Where the registers of the seeds listen; null for a cluster of one.</summary>
    internal SeedList? ParseSeeds()
    {
        var seeds = Seeds.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        return seeds.Length == 0 ? null : SeedList.Parse(seeds.Select(RegisterAddress));
    }

    private static string RegisterAddress(string seed)
    {
        var hasPort = seed.LastIndexOf(':') > seed.LastIndexOf(']') && (seed.Count(one => one == ':') == 1 || seed.Contains(']'));
        var silo = SeedAddress.Parse(hasPort ? seed : $"{(seed.Contains(':') && !seed.Contains('[') ? $"[{seed}]" : seed)}:{DefaultPort}");
        return (silo with { Port = silo.Port + 1 }).ToString();
    }
}
