using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Malten.Gateway.Settings;

/// <summary>The settings of the gateway: section <c>Malten</c>, environment variables <c>Malten__…</c>.</summary>
public sealed record GatewayOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Malten";

    /// <summary>Requests that change something which one client may make per second, on average; a burst may be as large.</summary>
    [Range(1, 10_000_000)]
    public int PostsPerSecondPerClient { get; set; } = 1000;

    /// <summary>Posts and commands that one client may send to one stream per second, on average; its network, twice as many.</summary>
    [Range(1, 10_000_000)]
    public int PostsPerSecondPerClientAndStream { get; set; } = 20;

    /// <summary>Posts and commands that one client may send to one stream at once, after a while without any; its network, twice as many.</summary>
    [Range(1, 10_000_000)]
    public int PostBurstPerClientAndStream { get; set; } = 200;

    /// <summary>
    /// Requests that one client may make per second at least when work waits too long to run; a network may make eight times as
    /// many. Those of whoever asks most wait then.
    /// </summary>
    [Range(1, 10_000_000)]
    public int RequestsPerSecondWhenBusy { get; set; } = 50;

    /// <summary>Listeners that one client may have open at a time.</summary>
    [Range(1, 10_000_000)]
    public int ListenersPerClient { get; set; } = 1000;

    /// <summary>Proxies whose <c>X-Forwarded-For</c> is trusted: addresses or networks (<c>10.0.0.0/8</c>).</summary>
    public string[] TrustedProxies { get; set; } = [];

    /// <summary>
    /// The origins whose web pages may use the API (<c>https://example.org</c>; <c>null</c> for pages opened from a file),
    /// beside the node's own page. None: any may.
    /// </summary>
    public string[] AllowedOrigins { get; set; } = [];

    /// <summary>How long the node reports that it is not ready, and still serves, before it stops: 0–3 seconds.</summary>
    [Range(0.0, 3.0)]
    public double DrainSeconds { get; set; } = 1;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
    [
        .. from proxy in TrustedProxies
           where Network(proxy) is null
           select new ValidationResult(
               $"{Section}:{nameof(TrustedProxies)} has '{proxy}', which is neither an address nor a network.", [nameof(TrustedProxies)]),
        .. from origin in AllowedOrigins
           where !IsOrigin(origin)
           select new ValidationResult(
               $"{Section}:{nameof(AllowedOrigins)} has '{origin}', which is no origin, such as https://example.org.", [nameof(AllowedOrigins)]),
    ];

    internal IEnumerable<IPNetwork> TrustedNetworks() => TrustedProxies.Select(proxy => Network(proxy)!.Value);

    private static bool IsOrigin(string text) => text == "null" || (Uri.TryCreate(text, UriKind.Absolute, out var page)
        && page.Scheme is "http" or "https" && page.GetLeftPart(UriPartial.Authority).Equals(text, StringComparison.OrdinalIgnoreCase));

    private static IPNetwork? Network(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}
