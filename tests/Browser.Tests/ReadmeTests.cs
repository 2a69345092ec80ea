using System.Text.RegularExpressions;

namespace Malten.Browser.Tests;

/// <summary>Runs the README's script as it stands, except that the node's port replaces 9090.</summary>
public sealed partial class ReadmeTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task EventSource_hears_everything_at_onmessage()
    {
        var script = Script().Match(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "README.md"))).Groups["code"].Value
            .Replace("http://localhost:9090", Node.Address, StringComparison.Ordinal);
        Assert.Contains("EventSource", script, StringComparison.Ordinal);
        var page = await OpenAsync("#elsewhere");
        var said = new List<string>();
        page.Console += (_, line) =>
        {
            lock (said) said.Add(line.Text);
        };
        await page.EvaluateAsync($"() => {{ {script} }}");
        await SaidAsync("open ");
        await Node.PostAsync("foo", "hello", "bob");
        await SaidAsync("bob hello");
        await Node.PostAsync("foo", "/malten what?");
        await SaidAsync("someone /malten what?");
        await SaidAsync("asked: what?");

        Task SaidAsync(string beginning) => UntilAsync(() =>
        {
            lock (said) return said.Exists(line => line.StartsWith(beginning, StringComparison.Ordinal));
        }, beginning);
    }

    [GeneratedRegex("^```js\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Script();
}
