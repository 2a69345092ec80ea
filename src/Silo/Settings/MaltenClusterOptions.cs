using System.ComponentModel.DataAnnotations;
using Malten.Membership.Seeds;

namespace Malten.Silo.Settings;

/// <summary>The settings of a cluster node: section <c>Malten:Cluster</c>, environment variables <c>Malten__Cluster__…</c>.</summary>
public sealed record MaltenClusterOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Malten:Cluster";

    /// <summary>The port of a silo, and of a seed that is listed without one.</summary>
    public const int DefaultPort = 11111;

    private const int LeastSecret = 16;

    /// <summary>
    /// The nodes that keep the membership table: <c>host</c> or <c>host:port</c>, separated by commas, the same list on every
    /// node. Three seeds tolerate the loss of one. Empty: a cluster of one node.
    /// </summary>
    public string Seeds { get; set; } = "";

    /// <summary>Whether this node holds streams, or only serves HTTP.</summary>
    public ClusterRole Role { get; set; }

    /// <summary>
    /// The port on which this silo accepts other silos. The next port is for the register, and the one after it for nodes in
    /// the role gateway.
    /// </summary>
    [Range(1, 65533)]
    public int Port { get; set; } = DefaultPort;

    /// <summary>The address or host name under which other nodes reach this one. Empty: the node finds its address by itself.</summary>
    public string Advertise { get; set; } = "";

    /// <summary>The name of the cluster. Clusters that can reach each other need different names.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Id { get; set; } = "malten";

    /// <summary>
    /// The secret that all nodes share, at least 16 characters: the seeds refuse a node that does not know it. Empty: any
    /// node that reaches the seeds may join.
    /// </summary>
    public string Secret { get; set; } = "";

    /// <summary>
    /// How many silos hold each stream: all but one of them may end in the same instant without losing an acknowledged
    /// message. The same on every node. 1: what a silo holds is lost when it ends suddenly.
    /// </summary>
    [Range(1, 5)]
    public int Copies { get; set; } = 2;

    /// <summary>What a silo does while it can't reach a majority of the seeds.</summary>
    public WithoutSeeds WithoutSeeds { get; set; }

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

    /// <summary>The addresses of the seeds' registers; null for a cluster of one node.</summary>
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

/// <summary>What a silo does while it can't reach a majority of the seeds, and so can't know whether others go on without it.</summary>
public enum WithoutSeeds
{
    /// <summary>Answers 503 until it knows again.</summary>
    Refuse,

    /// <summary>Goes on: what it acknowledges may be lost, and what is read from it may be old.</summary>
    Serve,
}

/// <summary>What a node does in the cluster.</summary>
public enum ClusterRole
{
    /// <summary>Serves HTTP and holds streams.</summary>
    Silo,

    /// <summary>Serves HTTP and reaches the streams of the silos.</summary>
    Gateway,
}
