using System.Text.RegularExpressions;

namespace Malten.Docs.Tests;

/// <summary>A fenced block of a page (CommonMark, 4.5).</summary>
/// <param name="Section">The heading of second level under which it stands.</param>
/// <param name="Marker">What the HTML comment on the line before it says, such as <c>snippet: …</c>; empty when there is none.</param>
/// <param name="Language">Its info string.</param>
/// <param name="Code">Its lines, each with its end.</param>
internal sealed partial record CodeBlock(string Section, string Marker, string Language, string Code)
{
    public static IEnumerable<CodeBlock> In(string page)
    {
        var (section, before) = ("", "");
        var lines = page.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            if (line.StartsWith("## ", StringComparison.Ordinal)) section = line[3..];
            if (!line.StartsWith("```", StringComparison.Ordinal))
            {
                before = line;
                continue;
            }

            var end = Array.IndexOf(lines, "```", i + 1);
            Assert.True(end > i, $"A block is not closed: {line}");
            yield return new CodeBlock(section, Comment().Match(before).Groups["text"].Value, line[3..],
                string.Concat(lines[(i + 1)..end].Select(one => one + "\n")));
            (i, before) = (end, "");
        }
    }

    [GeneratedRegex("^<!-- (?<text>.*) -->$")]
    private static partial Regex Comment();
}
