using System.Collections.Concurrent;

namespace Malten.Browser.Tests.Hosting;

/// <summary>
/// A test with a node of its own and any number of browsers. The test fails at its end if any page logged an error or
/// violated its Content-Security-Policy.
/// </summary>
public abstract class PageTest(Chromium chromium) : IAsyncLifetime
{
    // A test answers with errors; and over plain http, browsers say that they ignore one of the headers.
    private static readonly string[] Expected = ["Failed to load resource", "The Cross-Origin-Opener-Policy header has been ignored"];

    private readonly ConcurrentBag<string> _faults = [];
    private readonly List<IBrowserContext> _contexts = [];
    private readonly Lazy<DirectoryInfo> _folder = new(() => Directory.CreateTempSubdirectory("malten-"));

    /// <summary>Whether this test provokes errors or violations of the policy.</summary>
    protected bool ExpectsFaults { get; set; }

    protected IReadOnlyCollection<string> Faults => _faults;

    protected TestNode Node { get; set; } = null!;

    /// <summary>A folder for the files of this test, which is removed at its end.</summary>
    protected DirectoryInfo Folder => _folder.Value;

    public virtual async ValueTask InitializeAsync() => Node = await StartNodeAsync();

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var context in _contexts) await context.CloseAsync();
        await Node.DisposeAsync();
        if (_folder.IsValueCreated) Folder.Delete(recursive: true);
        if (!ExpectsFaults) Assert.Empty(_faults);
        GC.SuppressFinalize(this);
    }

    protected virtual Task<TestNode> StartNodeAsync() => TestNode.StartAsync();

    /// <summary>Opens a link in a browser context of its own, as another person would.</summary>
    protected async Task<IPage> OpenAsync(string fragment, BrowserNewContextOptions? options = null, string? name = null,
        string? script = null, string? address = null)
    {
        var context = await NewContextAsync(options);
        if (name is not null) await context.AddInitScriptAsync($"sessionStorage.setItem('malten.name', '{name}')");
        if (script is not null) await context.AddInitScriptAsync(script);
        var page = await NewPageAsync(context);
        await page.GotoAsync($"{address ?? Node.Address}/{fragment}");
        await page.WaitForFunctionAsync("() => !sessionStorage.getItem('malten.boots')"); // a page that lacks a module loads itself again
        return page;
    }

    /// <summary>A blank page in a browser context of its own.</summary>
    protected async Task<IPage> OpenBlankAsync() => await NewPageAsync(await NewContextAsync(null));

    private async Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions? options)
    {
        options ??= new() { ViewportSize = new() { Width = 1100, Height = 760 } };
        options.ReducedMotion ??= ReducedMotion.Reduce; // without a graphics card, what moves takes most of the processor's time
        var context = await chromium.Browser.NewContextAsync(options);
        _contexts.Add(context);
        context.SetDefaultTimeout(15_000);
        return context;
    }

    private async Task<IPage> NewPageAsync(IBrowserContext context)
    {
        var page = await context.NewPageAsync();
        page.PageError += (_, error) => _faults.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !Expected.Any(words => message.Text.StartsWith(words, StringComparison.Ordinal)))
                _faults.Add(message.Text);
        };
        return page;
    }

    /// <summary>
    /// Has the test turn a page's clock. What watches a connection goes on by the time of the network, which no test turns.
    /// </summary>
    protected static async Task InstallClockAsync(IPage page)
    {
        const string Keep = "window.timeOfNetwork = AbortSignal.timeout;";
        const string Restore = "AbortSignal.timeout = window.timeOfNetwork;";
        await page.Context.AddInitScriptAsync(Keep);
        await page.EvaluateAsync($"() => {{ {Keep} }}");
        await page.Clock.InstallAsync();
        await page.Context.AddInitScriptAsync(Restore);
        await page.EvaluateAsync($"() => {{ {Restore} }}");
    }

    /// <summary>Stops a page's clock: from now on it goes on only as far as the test lets it, however long the network takes.</summary>
    protected static async Task PauseAsync(IPage page)
    {
        for (var attempt = 1; ; attempt++)
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds(await page.EvaluateAsync<long>("Date.now()"));
            try
            {
                await page.Clock.PauseAtAsync(at.AddSeconds(8).UtcDateTime); // it goes on until this is heard
                return;
            }
            catch (PlaywrightException failure) when (attempt < 5 && failure.Message.Contains("to the past", StringComparison.Ordinal))
            {
                // it was heard only later than that
            }
        }
    }

    /// <summary>
    /// A script for <see cref="OpenAsync"/> that tells a function of every line as it reaches the page: the JSON of an event, or
    /// nothing where it is something else, and what repeats it.
    /// </summary>
    protected static string Tapping(string function) => $$"""
        {
          const { fetch } = window;
          const tell = {{function}};
          window.fetch = async (...all) => {
            const answer = await fetch(...all);
            if (!String(all[0]).includes('/events?')) return answer;
            let [begun, isOpen] = ['', true];
            all[1].signal.addEventListener('abort', () => (isOpen = false));
            const decoder = new TextDecoder();
            const tap = new TransformStream({
              transform(chunk, passed) {
                const lines = (begun + decoder.decode(chunk, { stream: true })).split('\n');
                begun = lines.pop();
                for (const line of lines) tell(line.startsWith('data: ') ? line.slice(6) : '', () => isOpen && passed.enqueue(chunk));
                passed.enqueue(chunk);
              },
              flush: () => (isOpen = false),
            });
            return new Response(answer.body.pipeThrough(tap), answer);
          };
        }
        """;

    /// <summary>Writes a message and waits until the page shows it.</summary>
    protected static async Task SayAsync(IPage page, string text)
    {
        await page.FillAsync("#box", text);
        await page.PressAsync("#box", "Enter");
        await Expect(Texts(page).GetByText(text, new() { Exact = true }).First).ToBeVisibleAsync();
    }

    /// <summary>Chooses a name in the dialog.</summary>
    protected static async Task NameAsync(IPage page, string name)
    {
        await page.ClickAsync("#name-button");
        await page.FillAsync("#name-input", name);
        await page.PressAsync("#name-input", "Enter");
        await Expect(page.Locator("#name-button")).ToHaveTextAsync($"You are {name}");
    }

    /// <summary>The texts of the messages shown, in order.</summary>
    protected static ILocator Texts(IPage page) => page.Locator(".message .text");

    /// <summary>Waits until the connection is open: before that, the page does not hear what others do.</summary>
    protected static Task ListensAsync(IPage page) => Expect(page.Locator("#people-count")).ToHaveTextAsync(Digits());

    /// <summary>Polls a condition, and fails the test if it is not met within 15 seconds.</summary>
    protected static Task UntilAsync(Func<bool> isSo, string what, int seconds = 15) => UntilAsync(() => Task.FromResult(isSo()), what, seconds);

    /// <inheritdoc cref="UntilAsync(Func{bool}, string, int)"/>
    protected static async Task UntilAsync(Func<Task<bool>> isSo, string what, int seconds = 15)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            if (TimeProvider.System.GetElapsedTime(deadline).TotalSeconds > seconds) Assert.Fail($"Timed out: {what}");
            await Task.Delay(10);
        }
    }

    private static System.Text.RegularExpressions.Regex Digits() => new("^[0-9]+$");
}
