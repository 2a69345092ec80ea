namespace Malten.Browser.Tests;

/// <summary>Text stays text: no message, name or address can run code in the page.</summary>
public sealed class HostileTextTests(Chromium chromium) : PageTest(chromium)
{
    private const string Watch = """
        window.ran = [];
        window.alert = window.hacked = (...all) => window.ran.push(all);
        document.addEventListener('securitypolicyviolation', event => window.ran.push(event.violatedDirective));
        """;

    private static readonly string[] Hostile =
    [
        "<script>hacked(1)</script>",
        "<img src=x onerror=hacked(2)>",
        "<svg onload=hacked(3)></svg>",
        "<iframe srcdoc='<script>parent.hacked(4)</script>'></iframe>",
        "<a href=javascript:hacked(5)>x</a>",
        "javascript:hacked(6)",
        "https://example.org/\"onmouseover=\"hacked(7)",
        "http://example.org/<img/src/onerror=hacked(8)>",
        "https://javascript:hacked(9)@example.org/",
        "data:text/html,<script>hacked(10)</script>",
        "#<img/src=x/onerror=hacked(11)>",
        "<style>*{display:none}</style>",
        "<base href=//example.org><meta http-equiv=refresh content='0;url=//example.org'>",
        "{{constructor.constructor('hacked(12)')()}} ${hacked(13)} `hacked(14)`",
        "</p></div></main><dialog open>hacked</dialog>",
        "\u202Egnp.exe\u202C \u0000 \uFEFF \u2028",
    ];

    [Fact]
    public async Task Hostile_texts_and_names_are_shown_as_they_are()
    {
        foreach (var text in Hostile) await Node.PostAsync("hostile", text, text.Length <= 32 && !text.Any(char.IsControl) ? text : null);
        var page = await OpenAsync("#hostile", script: Watch);
        await Expect(Texts(page)).ToHaveCountAsync(Hostile.Length);
        Assert.Equal(Hostile, await Texts(page).EvaluateAllAsync<string[]>("all => all.map(one => one.textContent)"));
        await ListensAsync(page);
        foreach (var text in Hostile) await Node.PostAsync("hostile", text + " live");
        await Expect(Texts(page)).ToHaveCountAsync(Hostile.Length * 2);
        var tags = await Texts(page).Locator("*").EvaluateAllAsync<string[]>("all => [...new Set(all.map(one => one.tagName))]");
        Assert.Equal(["A"], tags);
        var schemes = await Texts(page).Locator("a").EvaluateAllAsync<string[]>("all => [...new Set(all.map(one => one.protocol))].sort()");
        Assert.Equal(["http:", "https:"], schemes);
        foreach (var link in await Texts(page).Locator("a").AllAsync()) await link.HoverAsync();
        Assert.Equal("[]", await page.EvaluateAsync<string>("JSON.stringify(window.ran)"));
        Assert.All(Node.Received, request => Assert.DoesNotContain("example.org", request.Split('\n')[0], StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_address_that_hides_where_it_leads_is_no_link()
    {
        await Node.PostAsync("where", "https://bank.example@evil.example/ and https://a:b@evil.example and https://bank.example/@evil");
        var page = await OpenAsync("#where");
        await Expect(Texts(page).Locator("a")).ToHaveTextAsync(["https://bank.example/@evil"]);
    }

    [Theory]
    [InlineData("\u202Ehttps://evil.example/moc.knab")]
    [InlineData("\u2067https://evil.example/moc.knab\u2069")]
    [InlineData("אבג https://evil.example/moc.knab/")]
    public async Task An_address_is_read_from_left_to_right_whatever_stands_around_it(string text)
    {
        await Node.PostAsync("turned", text);
        var page = await OpenAsync("#turned");
        var letters = await Texts(page).Locator("a").EvaluateAsync<double[]>("""
            link => {
              const letter = document.createRange();
              return [...link.textContent].map((_, at) => {
                letter.setStart(link.firstChild, at);
                letter.setEnd(link.firstChild, at + 1);
                return letter.getBoundingClientRect().left;
              });
            }
            """);
        Assert.InRange(letters.Length, 20, text.Length);
        Assert.Equal(letters.Order(), letters);
    }

    [Theory]
    [InlineData("https://evil.example/\u202Emoc.knab//:sptth")]
    [InlineData("https://evil.example/\u2067moc.knab")]
    public async Task An_address_that_turns_the_writing_around_is_no_link(string text)
    {
        await Node.PostAsync("turning", text + " https://example.org/");
        var page = await OpenAsync("#turning");
        await Expect(Texts(page).Locator("a")).ToHaveTextAsync(["https://example.org/"]);
    }

    [Theory]
    [InlineData("#<img src=x onerror=hacked(1)>")]
    [InlineData("#%3Cscript%3Ehacked(1)%3C%2Fscript%3E")]
    [InlineData("#javascript:hacked(1)")]
    [InlineData("#\"><svg onload=hacked(1)>,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("#__proto__")]
    [InlineData("#constructor")]
    public async Task Hostile_addresses_run_nothing(string fragment)
    {
        var page = await OpenAsync(fragment, script: Watch);
        await Expect(page.Locator("#title-text")).Not.ToBeEmptyAsync();
        await Expect(page.Locator("#start > *, .message").First).ToBeVisibleAsync();
        Assert.Equal("[]", await page.EvaluateAsync<string>("JSON.stringify(window.ran)"));
    }

    [Fact]
    public async Task Even_markup_that_got_into_the_page_would_not_run()
    {
        ExpectsFaults = true;
        var page = await OpenAsync("#policy", script: Watch);
        await ListensAsync(page);
        await page.EvaluateAsync("""
            () => {
              const script = document.createElement('script');
              try { script.textContent = 'hacked(1)'; } catch { window.ran.push('textContent refused'); }
              script.append('hacked(1)');
              document.body.append(script);
              const image = document.createElement('img');
              image.src = 'http://127.0.0.1:1/leak';
              document.body.append(image);
              try { document.body.innerHTML += '<b>x</b>'; } catch { window.ran.push('innerHTML refused'); }
              fetch('http://127.0.0.1:1/leak').catch(() => {});
            }
            """);
        var ran = "";
        for (var i = 0; i < 500 && !(ran.Contains("img-src", StringComparison.Ordinal) && ran.Contains("connect-src", StringComparison.Ordinal)); i++)
            ran = await page.EvaluateAsync<string>("JSON.stringify(window.ran)");
        Assert.Contains("img-src", ran, StringComparison.Ordinal);
        Assert.Contains("connect-src", ran, StringComparison.Ordinal);
        Assert.Contains("textContent refused", ran, StringComparison.Ordinal);
        Assert.Contains("innerHTML refused", ran, StringComparison.Ordinal);
        Assert.DoesNotContain("[1]", ran, StringComparison.Ordinal);
        Assert.NotEmpty(Faults);
    }
}
