using System.ComponentModel.DataAnnotations;

namespace Malten.Gateway.Calls;

/// <summary>
/// The settings of calls: which servers two pages may ask how to reach each other, and the secret that those which relay share
/// with this node. By default none: no foreign server is asked.
/// </summary>
public sealed class CallOptions : IValidatableObject // not a record, whose ToString would print the secret
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Malten:Calls";

    /// <summary>How many servers may be named: browsers ask each of them, and warn of many.</summary>
    public const int MaxServers = 8;

    /// <summary>The least number of characters of the secret.</summary>
    public const int LeastSecret = 16;

    internal const string NotOneList = $"{Section}:{nameof(IceServers)} is one value: addresses, separated by commas.";

    /// <summary>The addresses of STUN and TURN servers (RFC 7064 and 7065), separated by commas.</summary>
    public string IceServers { get; set; } = "";

    /// <summary>The secret that the TURN servers share with this node: <c>static-auth-secret</c> of coturn.</summary>
    public string TurnSecret { get; set; } = "";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var urls = Split();
        if (urls.Length > MaxServers)
            yield return Wrong(nameof(IceServers), $"names {urls.Length} servers; {MaxServers} are enough.");
        foreach (var url in urls.Where(url => IceUrl.TryParse(url) is null))
            yield return Wrong(nameof(IceServers), $"has '{url}', which is no address of a STUN or TURN server, such as turn:turn.example:3478?transport=udp.");
        var relays = Urls().Any(url => url.Relays);
        if (relays && TurnSecret.Length == 0)
            yield return Wrong(nameof(TurnSecret), "must be set, because a TURN server takes nobody without credentials: to its static-auth-secret.");
        if (!relays && TurnSecret.Length > 0)
            yield return Wrong(nameof(TurnSecret), $"is set, but {Section}:{nameof(IceServers)} has no TURN server.");
        if (TurnSecret.Length is > 0 and < LeastSecret || TurnSecret.Any(character => character is <= ' ' or > '~'))
            yield return Wrong(nameof(TurnSecret), $"must have {LeastSecret} visible ASCII characters or more.");
    }

    /// <summary>Whether the servers are one value: elements of a list would otherwise be passed over in silence.</summary>
    internal static bool IsOneList(CallOptions options, IConfiguration configuration) =>
        !configuration.GetSection($"{Section}:{nameof(IceServers)}").GetChildren().Any();

    internal IEnumerable<IceUrl> Urls() => Split().Select(IceUrl.TryParse).OfType<IceUrl>();

    private static ValidationResult Wrong(string setting, string what) => new($"{Section}:{setting} {what}", [setting]);

    private string[] Split() => IceServers.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
