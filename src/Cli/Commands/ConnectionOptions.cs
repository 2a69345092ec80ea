using System.CommandLine;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary>The options that all commands have: where the nodes are, and how to print.</summary>
internal static class ConnectionOptions
{
    private const string Variable = "MALTEN_URL";
    /// <summary>Where a node on this machine serves unless it is told otherwise.</summary>
    private const string DefaultUrl = "http://localhost:9090";

    public static Option<string[]> Url { get; } = new("--url", "-u")
    {
        Description = $"A node; repeat it for more. Default: ${Variable}", HelpName = "address", Recursive = true,
    };

    public static Option<double> Timeout { get; } = new("--timeout")
    {
        Description = "How long to try", HelpName = "seconds", Recursive = true, DefaultValueFactory = _ => 10,
    };

    public static Option<bool> Json { get; } = new("--json") { Description = "Print JSON, one object a line", Recursive = true };

    /// <param name="linked">The node that a link names, for when nobody has named one otherwise.</param>
    public static MaltenClient NewClient(ParseResult line, Uri? linked = null) => new(new MaltenClientOptions
    {
        Nodes = [.. Given(line) is { Length: > 0 } given ? given.Select(Address) : [linked ?? new Uri(DefaultUrl)]],
        CallTimeout = Patience(line),
    });

    /// <summary>The first node that was named; null for none.</summary>
    public static Uri? GivenNode(ParseResult line) => Given(line) is [var first, ..] ? Address(first) : null;

    /// <summary>How long a call may take.</summary>
    /// <exception cref="UsageException">It makes no sense.</exception>
    public static TimeSpan Patience(ParseResult line) => Seconds(line.GetValue(Timeout));

    public static bool IsJson(ParseResult line) => line.GetValue(Json);

    private static string[] Given(ParseResult line) => line.GetValue(Url) is { Length: > 0 } given
        ? given
        : Environment.GetEnvironmentVariable(Variable)?.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address)
        ? address
        : throw new UsageException("A node is named by an address such as https://malten.example.");

    private static TimeSpan Seconds(double seconds) => seconds is > 0 and <= 86_400
        ? TimeSpan.FromSeconds(seconds)
        : throw new UsageException("--timeout takes more than 0 and up to 86400 seconds.");
}
