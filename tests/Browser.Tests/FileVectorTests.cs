namespace Malten.Browser.Tests;

/// <summary>The page's records, frames and sums of files are those of docs/file-vectors.json, as are those of <c>Malten.Client</c>.</summary>
public sealed class FileVectorTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task The_page_writes_and_reads_what_the_text_says()
    {
        var page = await OpenAsync("#_");
        var vectors = await File.ReadAllTextAsync("file-vectors.json", TestContext.Current.CancellationToken);
        var checks = await page.EvaluateAsync<int>(await File.ReadAllTextAsync("file-vectors.js", TestContext.Current.CancellationToken), vectors);
        Assert.Equal(5 * 2 + 14 * 2 + 7 + 16, checks);
    }
}
