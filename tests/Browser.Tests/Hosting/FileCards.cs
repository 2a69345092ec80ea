using System.Security.Cryptography;

namespace Malten.Browser.Tests.Hosting;

/// <summary>The files that a page shows, and what people do with them.</summary>
public static class FileCards
{
    /// <summary>Pages ask where to put a file only where a window of the system can open; a test has none.</summary>
    public const string NoPicker = "delete globalThis.showSaveFilePicker;";

    /// <summary>A page that can't go any direct way.</summary>
    public const string NoDirectWay = "delete globalThis.RTCPeerConnection;";

    public static ILocator Card(this IPage page, string? name = null) =>
        name is null ? page.Locator(".file") : page.Locator(".file", new() { HasText = name });

    /// <summary>How a file stands, in words.</summary>
    public static ILocator State(this IPage page, string? name = null) => page.Card(name).Locator(".file-state");

    public static Task SaveAsync(this IPage page, string? name = null) => page.ChooseAsync("Save", name);

    public static Task ChooseAsync(this IPage page, string what, string? name = null) =>
        page.Card(name).GetByRole(AriaRole.Button, new() { Name = what }).ClickAsync();

    /// <summary>Saves a file, and pauses it as soon as it goes: nearly all of it is still to come, however slow the test is.</summary>
    public static Task SaveAndPauseAsync(this IPage page, string? name = null) => page.PressInTurnAsync("Save", "Pause", name: name);

    /// <summary>Presses a button, and in the page itself another one as soon as it is there and something is so.</summary>
    public static Task PressInTurnAsync(this IPage page, string first, string then, string isSo = "true", string? name = null) =>
        page.Card(name).EvaluateAsync($$"""
            card => new Promise(done => {
              const [bar, state] = [card.querySelector('progress'), card.querySelector('.file-state')];
              const begun = bar.value;
              const button = text => [...card.querySelectorAll('.file-buttons button')].find(one => one.textContent === text);
              const watch = new MutationObserver(() => {
                if (!button('{{then}}') || !({{isSo}})) return;
                watch.disconnect();
                button('{{then}}').click();
                done();
              });
              watch.observe(card, { attributes: true, characterData: true, childList: true, subtree: true });
              button('{{first}}').click();
            })
            """).WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Waits until so many bytes have come.</summary>
    public static async Task GetsAsync(this IPage page, long count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await page.Card().Locator("progress").EvaluateAsync<double>("bar => bar.value") < count) await Task.Delay(10, limit.Token);
    }

    /// <summary>Waits until the browser's own file system holds nothing.</summary>
    public static async Task StoresNothingAsync(this IPage page)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await page.StoredAsync() > 0) await Task.Delay(10, limit.Token);
    }

    /// <summary>How many files the browser's own file system holds.</summary>
    public static Task<int> StoredAsync(this IPage page) => page.EvaluateAsync<int>("""
        async () => {
          let count = 0;
          for await (const _ of (await navigator.storage.getDirectory()).keys()) count++;
          return count;
        }
        """);

    /// <summary>Downloads a file that has come, and compares it.</summary>
    public static async Task HasDownloadedAsync(this IPage page, string path, string? name = null, int seconds = 60)
    {
        name ??= Path.GetFileName(path);
        var link = page.Card(name).GetByRole(AriaRole.Link, new() { Name = "Download" });
        await Expect(link).ToBeVisibleAsync(new() { Timeout = seconds * 1000 });
        var download = await page.RunAndWaitForDownloadAsync(() => link.ClickAsync(), new() { Timeout = 60_000 });
        Assert.Equal((name, SumOf(path)), (download.SuggestedFilename, SumOf((await download.PathAsync())!)));
    }

    /// <summary>A file of random bytes, the same for one length.</summary>
    public static string Write(this DirectoryInfo folder, string name, int size)
    {
        var (random, piece) = (new Random(size), new byte[Math.Min(size, 1 << 20)]);
        var path = Path.Combine(folder.FullName, name);
        using var file = File.Create(path);
        for (var left = size; left > 0; left -= piece.Length)
        {
            random.NextBytes(piece);
            file.Write(piece.AsSpan(0, Math.Min(left, piece.Length)));
        }

        return path;
    }

    /// <summary>So many zeros, which take no room on the disk: a file that is never sent to its end.</summary>
    public static string WriteZeros(this DirectoryInfo folder, string name, long size)
    {
        var path = Path.Combine(folder.FullName, name);
        using var file = File.Create(path);
        file.SetLength(size);
        return path;
    }

    /// <summary>The SHA-256 of a file.</summary>
    public static string SumOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
