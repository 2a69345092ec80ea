using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace Malten.Browser.Tests;

/// <summary>How the page is served: small, cached, from the node itself, to clients that accept HTML.</summary>
public sealed class AssetTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task The_first_load_is_under_100_KB_and_comes_from_this_node_alone()
    {
        var page = await OpenBlankAsync();
        var client = await page.Context.NewCDPSessionAsync(page);
        await client.SendAsync("Network.enable");
        var (bytes, requests) = (0.0, new List<string>());
        client.Event("Network.loadingFinished").OnEvent += (_, data) => bytes += data!.Value.GetProperty("encodedDataLength").GetDouble();
        page.Request += (_, request) => requests.Add(request.Url);
        await page.GotoAsync($"{Node.Address}/#first");
        await ListensAsync(page);
        await page.EvaluateAsync("document.fonts.ready");
        Assert.InRange(bytes, 10_000, 100_000);
        Assert.All(requests, url => Assert.StartsWith(Node.Address, url, StringComparison.Ordinal));
        TestContext.Current.SendDiagnosticMessage($"first load: {bytes} bytes in {requests.Count} requests");
    }

    [Theory]
    [InlineData("what everybody loads", "^import .* from '([^']+)';$", 100_000, 150_000)]
    [InlineData("all, with what is loaded on first use", "^import .* from '([^']+)';$|\\bimport\\('([^']+)'\\)", 160_000, 330_000)]
    public async Task The_page_is_small_without_compression(string what, string imports, int least, int most)
    {
        using var index = await GetAsync("", accept: "text/html");
        var html = await index.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var sizes = new Dictionary<string, long> { ["index.html"] = Encoding.UTF8.GetByteCount(html) };
        var paths = Regex.Matches(html, "page/[0-9a-f]+/[^\"]+").Select(match => match.Value).Append("page/x/icon-maskable.svg").ToHashSet();
        for (var left = new Queue<string>(paths); left.TryDequeue(out var path);)
        {
            using var part = await GetAsync(path);
            var content = await part.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            sizes[path] = Encoding.UTF8.GetByteCount(content);
            foreach (Match import in Regex.Matches(content, imports, RegexOptions.Multiline))
            {
                var module = new Uri(new Uri("page:///" + path), import.Groups[1].Value + import.Groups[2].Value).AbsolutePath.TrimStart('/');
                if (paths.Add(module)) left.Enqueue(module);
            }
        }

        Assert.True(sizes.Count > 30);
        Assert.InRange(sizes.Values.Sum(), least, most);
        TestContext.Current.SendDiagnosticMessage($"{what}: {sizes.Values.Sum()} bytes in {sizes.Count} files");
    }

    [Fact]
    public async Task A_client_that_asks_for_no_html_gets_text_with_curl_lines()
    {
        using var client = new HttpClient();
        using var text = await client.GetAsync(Node.Address, TestContext.Current.CancellationToken);
        Assert.Equal("text/plain", text.Content.Headers.ContentType!.MediaType);
        Assert.Contains("curl -N", await text.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var html = await GetAsync("", accept: "text/html,application/xhtml+xml");
        Assert.Equal("text/html", html.Content.Headers.ContentType!.MediaType);
        Assert.Contains("Accept", html.Headers.Vary);
        Assert.Contains("Accept", text.Headers.Vary);
    }

    [Fact]
    public async Task The_page_is_checked_each_time_and_its_parts_are_kept_for_ever()
    {
        using var index = await GetAsync("", accept: "text/html");
        Assert.True(index.Headers.CacheControl!.NoCache);
        using var again = await GetAsync("", accept: "text/html", tag: index.Headers.ETag);
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        var module = Regex.Match(await index.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), "page/[0-9a-f]+/main.js").Value;
        using var main = await GetAsync(module);
        Assert.Contains("immutable", main.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Equal("text/javascript", main.Content.Headers.ContentType!.MediaType);
        using var other = await GetAsync(Regex.Replace(module, "/[0-9a-f]+/", "/0123456789abcdef/"));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.True(other.Headers.CacheControl!.NoCache);
        using var unknown = await GetAsync("page/x/../../../etc/passwd");
        using var missing = await GetAsync("page/0123456789abcdef/none.js");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData(null)]
    public async Task Compressed_or_not_it_is_the_same(string? encoding)
    {
        using var client = new HttpClient(new HttpClientHandler { AutomaticDecompression = DecompressionMethods.All });
        using var plain = new HttpRequestMessage(HttpMethod.Get, $"{Node.Address}/page/x/page.css");
        if (encoding is not null) plain.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue(encoding));
        using var raw = await new HttpClient().SendAsync(plain, TestContext.Current.CancellationToken);
        Assert.Equal(encoding is null ? [] : [encoding], raw.Content.Headers.ContentEncoding);
        var css = await client.GetStringAsync($"{Node.Address}/page/x/page.css", TestContext.Current.CancellationToken);
        Assert.Contains(".composer", css, StringComparison.Ordinal);
        if (encoding is not null)
            Assert.InRange(raw.Content.Headers.ContentLength!.Value, 100, css.Length / 2);
        else Assert.Equal(Encoding.UTF8.GetByteCount(css), raw.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task The_policy_is_strict_on_all_that_a_browser_can_show()
    {
        foreach (var path in (string[])["", "malten.html", "page/x/icon.svg", "page/x/icon-maskable.svg"])
        {
            using var answer = await GetAsync(path, accept: "text/html");
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            var scripts = path == "malten.html" ? "script-src 'sha256-" : "script-src 'self'";
            foreach (var part in (string[])["default-src 'none'", scripts, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"])
                Assert.Contains(part, policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
            foreach (var part in (string[])["microphone=(self)", "camera=(self)", "display-capture=(self)", "geolocation=()"])
                Assert.Contains(part, answer.Headers.GetValues("Permissions-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Opener-Policy").Single());
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        }
    }

    [Fact]
    public async Task It_can_be_installed()
    {
        var page = await OpenAsync("");
        var client = await page.Context.NewCDPSessionAsync(page);
        var manifest = (await client.SendAsync("Page.getAppManifest"))!.Value;
        Assert.Equal(0, manifest.GetProperty("errors").GetArrayLength());
        Assert.Contains("\"standalone\"", manifest.GetProperty("data").GetString(), StringComparison.Ordinal);
        Assert.EndsWith("/malten.webmanifest", manifest.GetProperty("url").GetString(), StringComparison.Ordinal);
        var problems = (await client.SendAsync("Page.getInstallabilityErrors"))!.Value.GetProperty("installabilityErrors")
            .EnumerateArray().Select(error => error.GetProperty("errorId").GetString()).Where(id => id != "in-incognito");
        Assert.Empty(problems);
        using var icon = await GetAsync("page/x/icon.svg");
        Assert.Equal("image/svg+xml", icon.Content.Headers.ContentType!.MediaType);
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string? accept = null, EntityTagHeaderValue? tag = null)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Node.Address}/{path}");
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        if (tag is not null) request.Headers.IfNoneMatch.Add(tag);
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
