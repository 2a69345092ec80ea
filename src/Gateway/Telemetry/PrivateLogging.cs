using Microsoft.Extensions.Options;

namespace Malten.Gateway.Telemetry;

/// <summary>
/// Keeps the content of requests out of the log, whatever levels the operator sets: below Warning, the frameworks log paths,
/// queries and addresses, and a query names streams. Malten's own categories log none of these and are not filtered.
/// </summary>
internal sealed class PrivateLogging : IPostConfigureOptions<LoggerFilterOptions>
{
    private static readonly string[] Unfiltered = ["Malten", "Microsoft.Hosting.Lifetime"];

    // Orleans names grains in its warnings, and the grain of a stream has the stream's name.
    private static readonly string[] Restricted = ["Orleans"];
    private static readonly string[] Exempt = ["Orleans.Runtime.MembershipService", "Orleans.Runtime.Membership"];

    // Logs the path and query of each request; with it off, requests need no Activity either.
    private const string Requests = "Microsoft.AspNetCore.Hosting.Diagnostics";

    // Logs as an error, with its stack, a body whose rest can't be read, and anybody can send one. What fails here is logged by Malten.
    private const string Server = "Microsoft.AspNetCore.Server.Kestrel";

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        // Only the rule with the longest matching category applies, and its filter is checked in addition to its level:
        // so every rule gets this filter.
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
        : StartsWithAny(category, Unfiltered) || (level >= LogLevel.Warning
            && (category, level) != (Server, LogLevel.Error) && (!StartsWithAny(category, Restricted) || StartsWithAny(category, Exempt)));

    private static bool StartsWithAny(string category, string[] starts) =>
        starts.Any(start => category.StartsWith(start, StringComparison.Ordinal));
}
