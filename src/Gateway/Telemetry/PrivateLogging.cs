using Microsoft.Extensions.Options;

namespace Malten.Gateway.Telemetry;

/// <summary>
/// Keeps what requests carry out of the log, whatever levels the operator sets: below Warning the frameworks log paths,
/// queries and addresses, and a query names streams. Malten's own categories are not touched; they log no such thing.
/// </summary>
internal sealed class PrivateLogging : IPostConfigureOptions<LoggerFilterOptions>
{
    private static readonly string[] Open = ["Malten", "Microsoft.Hosting.Lifetime"];

    // Orleans names grains in its warnings, and a stream's grain is named like the stream.
    private static readonly string[] Closed = ["Orleans"];
    private static readonly string[] ClosedSave = ["Orleans.Runtime.MembershipService", "Orleans.Runtime.Membership"];

    // Says of each request what must not be said; without it a request needs no Activity either.
    private const string Requests = "Microsoft.AspNetCore.Hosting.Diagnostics";

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        // Among rules the one with the longest category wins, and a filter is asked besides the level: so every rule that
        // can win gets the floor.
        var rules = options.Rules.ToList();
        options.Rules.Clear();
        if (!rules.Exists(rule => rule.ProviderName is null && rule.CategoryName is null))
            rules.Add(new LoggerFilterRule(null, null, options.MinLevel, null));
        foreach (var rule in rules)
            options.Rules.Add(new LoggerFilterRule(rule.ProviderName, rule.CategoryName, rule.LogLevel,
                (provider, category, level) => IsAllowed(category, level)
                    && rule.Filter?.Invoke(provider, category, level) != false));
        options.Rules.Add(new LoggerFilterRule(null, Requests, LogLevel.None, null));
    }

    private static bool IsAllowed(string? category, LogLevel level) => category is null
        ? level >= LogLevel.Warning
        : StartsWithAny(category, Open) || (level >= LogLevel.Warning
            && (!StartsWithAny(category, Closed) || StartsWithAny(category, ClosedSave)));

    private static bool StartsWithAny(string category, string[] starts) =>
        starts.Any(start => category.StartsWith(start, StringComparison.Ordinal));
}
