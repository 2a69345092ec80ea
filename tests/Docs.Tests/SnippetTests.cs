namespace Malten.Docs.Tests;

/// <summary>
/// Code in pages is cut from what is compiled and tested: a block marked <c>snippet: file#name</c> equals the lines of that
/// file between <c>begin-snippet: name</c> and <c>end-snippet</c>.
/// </summary>
public sealed class SnippetTests
{
    private const string Mark = "snippet: ";

    [Fact]
    public void Blocks_that_are_marked_equal_their_source()
    {
        var compared = 0;
        foreach (var page in Repository.Pages)
            foreach (var block in CodeBlock.In(Repository.Read(page)).Where(block => block.Marker.StartsWith(Mark, StringComparison.Ordinal)))
            {
                Assert.Equal(Source(block.Marker[Mark.Length..]), block.Code);
                compared++;
            }

        Assert.True(compared > 0, "No page has a marked block.");
    }

    [Fact]
    public void Code_in_the_documentation_is_marked()
    {
        var pages = Repository.Pages.Where(page => !page.Contains('/') || page.StartsWith("docs/", StringComparison.Ordinal));
        Assert.All(pages.SelectMany(page => CodeBlock.In(Repository.Read(page)).Select(block => (page, block))), one =>
            Assert.False(one.block is { Language: "csharp" or "cs" or "c#", Marker: "" }, $"{one.page}: {one.block.Code}"));
    }

    private static string Source(string address)
    {
        var (file, name) = (address.Split('#')[0], address.Split('#')[1]);
        var lines = Repository.Read(file).Split('\n').ToList();
        var begin = lines.FindIndex(line => line.Trim() == $"// begin-snippet: {name}");
        var end = lines.FindIndex(begin + 1, line => line.Trim() == "// end-snippet");
        Assert.True(begin >= 0 && end > begin, $"{file} has no snippet {name}.");
        var indent = lines[begin].Length - lines[begin].TrimStart().Length;
        return string.Concat(lines[(begin + 1)..end].Select(line => line[Math.Min(indent, line.Length)..] + "\n"));
    }
}
