using System.Globalization;
using Malten.Client;

namespace Malten.Cli.Mcp;

/// <summary>
/// What an agent is told of something that failed, in this program's own words. A server may be anybody's: what it says itself stands in quotes, and is short.
/// </summary>
internal static class FailureWords
{
    private const int LongestQuote = 200;

    /// <summary>The titles of a node's refusals.</summary>
    private static readonly string[] Titles =
    [
        "Invalid value", "Access denied", "Not listening", "Name in use", "Too many requests", "Request timeout", "Node at capacity", "Temporarily unavailable",
        "Not found", "Method not allowed",
    ];

    public static string Of(Exception failed) =>
        failed is MaltenException known ? Of(known) : $"Something went wrong in malten itself ({failed.GetType().Name}).";

    private static string Of(MaltenException failed)
    {
        var words = failed.Fault switch
        {
            MaltenFault.Unreachable => "The server could not be reached, or did not answer in time.",
            MaltenFault.BadAnswer => "What answers is no Malten server, or something on the way changes its answers.",
            MaltenFault.NotAnswered => "The command was not answered.",
            _ => Refusal(failed),
        };
        return failed.Detail is { Length: > 0 } said ? $"{words} The server says: {AgentText.Quote(said, LongestQuote)}" : words;
    }

    private static string Refusal(MaltenException failed)
    {
        var title = Titles.FirstOrDefault(title => title == failed.Title);
        var status = string.Create(CultureInfo.InvariantCulture, $"status {(int?)failed.Status}{(title is null ? "" : $", {title}")}");
        return $"The server refused it ({status}).";
    }
}
