using System.Text.RegularExpressions;

namespace Malten.Docs.Tests;

/// <summary>Links and names in pages lead somewhere.</summary>
public sealed partial class LinkTests
{
    // What pages compare with, of frameworks, and the code does not use.
    private static readonly string[] Elsewhere = ["MapStaticAssets", "SmallestSize", "TestServer"];

    [Fact]
    public void Links_to_files_and_headings_lead_there()
    {
        var broken = Repository.Pages.SelectMany(page => Targets(page).Where(target => !Leads(page, target))
            .Select(target => $"{page}: {target}")).ToList();
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    [Fact]
    public void Classes_and_members_that_explain_the_code_are_in_it()
    {
        var files = Repository.Files("src", "*.cs").Concat(Repository.Files("tests/Browser.Tests", "*.cs"));
        var words = files.SelectMany(file => Words().Matches(Repository.Read(file))).Select(word => word.Value).Concat(Elsewhere).ToHashSet();
        var pages = Repository.Pages.Where(page => page is "docs/architecture.md" or "CONTRIBUTING.md"
            || page.StartsWith("docs/decisions/", StringComparison.Ordinal));
        var unknown = pages.SelectMany(page => Names(Repository.Read(page)).Where(name => !words.Contains(name))
            .Select(name => $"{page}: {name}")).ToList();
        Assert.True(unknown.Count == 0, string.Join('\n', unknown));
    }

    [Fact]
    public void The_picture_of_the_page_is_small() =>
        Assert.InRange(new FileInfo(Repository.FullPath("docs/page.png")).Length, 10_000, 150_000);

    private static IEnumerable<string> Targets(string page) => Links().Matches(WithoutCode(Repository.Read(page)))
        .Select(link => link.Groups["target"].Value).Where(target => !target.Contains("://", StringComparison.Ordinal));

    private static bool Leads(string page, string target)
    {
        var (path, heading) = (target.Split('#')[0], target.Contains('#') ? target.Split('#')[1] : null);
        var file = path.Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, path);
        if (!Path.Exists(Repository.FullPath(file))) return false;
        return heading is null || Headings().Matches(WithoutFences(Repository.Read(file))).Any(line => Anchor(line.Groups["text"].Value) == heading);
    }

    /// <summary>The anchor that GitHub makes of a heading.</summary>
    private static string Anchor(string heading) =>
        NotInAnchors().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    /// <summary>The names of code on a page: in diagrams, and in single backticks.</summary>
    private static IEnumerable<string> Names(string page) => CodeBlock.In(page).Where(block => block.Language == "mermaid")
        .Select(block => block.Code).Concat(InlineCode().Matches(WithoutFences(page)).Select(code => code.Value))
        .SelectMany(code => CamelCase().Matches(code)).Select(name => name.Value).Distinct();

    private static string WithoutFences(string page) => Fences().Replace(page, "");

    private static string WithoutCode(string page) => InlineCode().Replace(WithoutFences(page), "");

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)|\b(?:src|href)=""(?<target>[^""]+)""")]
    private static partial Regex Links();

    [GeneratedRegex("^#+ (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex("^```.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fences();

    [GeneratedRegex("`[^`\n]+`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Words();

    [GeneratedRegex(@"(?<![\w.$/-])I?[A-Z][a-z]+(?:[A-Z][a-z]*)+\b(?![\w/-])")]
    private static partial Regex CamelCase();
}
