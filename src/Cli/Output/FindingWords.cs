using Malten.Client;

namespace Malten.Cli.Output;

/// <summary>What people are told of a message that does not fit the others, as the page tells them.</summary>
internal static class FindingWords
{
    private static readonly (Findings Finding, string Words)[] All =
    [
        (Findings.Missing, "Messages of this author before this one did not arrive."),
        (Findings.Faded, "Earlier messages of this author can't be shown: faded, or held back by the server."),
        (Findings.Late, "Out of order: its author wrote this before a message shown above."),
        (Findings.Skipped, "Its author says that this could not be sent, and may not know that it is here."),
        (Findings.Changed, "There are two versions of what this author wrote. Don't rely on either."),
        (Findings.Unseen, "Its author had read a message that you are not shown."),
        (Findings.Before, "Out of order: its author had already read a message that stands below."),
        (Findings.Behind, "Its author had not been shown what stands above."),
        (Findings.Date, "Its author's date and the server's are far apart."),
        (Findings.Moved, "The server has given this another date than before."),
        (Findings.Withheld, "After this one stood messages before that the server does not give now."),
        (Findings.Namesake, "More than one key uses this name, or one that looks like it."),
        (Findings.Afterwards, "Its author handed it over later; it did not come at the time that it is dated."),
    ];

    private static readonly (PipeFindings Finding, string Words)[] OfPipes =
    [
        (PipeFindings.Missing, "Messages before this one did not arrive."),
        (PipeFindings.Late, "It arrived late."),
        (PipeFindings.Skipped, "Its author says that this could not be sent, and may not know that it is here."),
        (PipeFindings.Crossed, "Written before your last message had arrived."),
        (PipeFindings.Date, "The other side's date and the server's are far apart."),
    ];

    /// <summary>A sentence for each finding.</summary>
    public static string Of(Findings findings) => string.Join(' ', All.Where(one => findings.HasFlag(one.Finding)).Select(one => one.Words));

    /// <summary>A sentence for each finding about a text of a pipe.</summary>
    public static string Of(PipeFindings findings) => string.Join(' ', OfPipes.Where(one => findings.HasFlag(one.Finding)).Select(one => one.Words));

    /// <summary>The names of findings, as JSON has them.</summary>
    public static IEnumerable<string> Names(Findings findings) =>
        All.Where(one => findings.HasFlag(one.Finding)).Select(one => one.Finding.ToString().ToLowerInvariant());

    /// <inheritdoc cref="Names(Findings)"/>
    public static IEnumerable<string> Names(PipeFindings findings) =>
        OfPipes.Where(one => findings.HasFlag(one.Finding)).Select(one => one.Finding.ToString().ToLowerInvariant());
}
