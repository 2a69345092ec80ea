using System.Security.Cryptography;
using Malten.Client;

namespace Malten.Browser.Tests;

/// <summary>Files in a pipe: between two pages, and between a page and <c>Malten.Client</c>, on which the command line stands.</summary>
public sealed class FileTests(Chromium chromium) : PageTest(chromium)
{
    private const string NoPicker = "delete globalThis.showSaveFilePicker"; // it would open a window of the system

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("malten-");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_file_is_offered_accepted_and_downloaded()
    {
        var (ann, bob) = await MeetAsync();
        var path = Write("holiday photo.png", 700_000);
        await ann.SetInputFilesAsync("#file-input", path);
        var offered = Card(bob);
        await Expect(offered.Locator(".file-name")).ToHaveTextAsync("holiday photo.png");
        await Expect(offered.Locator(".file-about")).ToHaveTextAsync("image/png · 700.0 kB");
        await Expect(Card(ann).Locator(".file-state")).ToHaveTextAsync("Waiting for the other person to accept…");
        await Expect(bob.Locator("[role=status].hidden")).ToHaveTextAsync("You are offered a file: holiday photo.png, 700.0 kB");
        await SaveAsync(bob);
        await HasDownloadedAsync(bob, path);
        await Expect(Card(ann).Locator(".file-state")).ToHaveTextAsync("Sent, and checked by the other side.");
        await Card(bob).GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Expect(Card(bob)).ToHaveCountAsync(0);
        await StoresNothingAsync(bob);
    }

    [Fact]
    public async Task Both_choose_files_at_once_and_what_is_declined_is_not_sent()
    {
        var (ann, bob) = await MeetAsync();
        var (first, second, third) = (Write("first.bin", 2_000_000), Write("second.bin", 0), Write("third.bin", 3_000_000));
        await Task.WhenAll(ann.SetInputFilesAsync("#file-input", (string[])[first, second]), bob.SetInputFilesAsync("#file-input", third));
        await Expect(bob.Locator(".file")).ToHaveCountAsync(3);
        await Expect(ann.Locator(".file")).ToHaveCountAsync(3);
        await SaveAsync(bob, "first.bin");
        await SaveAsync(ann, "third.bin");
        await Card(bob, "second.bin").GetByRole(AriaRole.Button, new() { Name = "Decline" }).ClickAsync();
        await Expect(Card(ann, "second.bin").Locator(".file-state")).ToHaveTextAsync("The other person does not want it.");
        await HasDownloadedAsync(bob, first);
        await HasDownloadedAsync(ann, third);
        await SayAsync(ann, "and we still talk");
        await Expect(Texts(bob)).ToHaveTextAsync(["and we still talk"]);
    }

    [Fact]
    public async Task A_file_that_is_dropped_is_offered_and_empty_ones_arrive_too()
    {
        var (ann, bob) = await MeetAsync();
        await ann.EvaluateAsync("""
            () => {
              const dataTransfer = new DataTransfer();
              dataTransfer.items.add(new File([], 'empty.txt', { type: 'text/plain' }));
              const talk = document.querySelector('.talk');
              for (const type of ['dragover', 'drop']) talk.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
            }
            """);
        await SaveAsync(bob);
        await HasDownloadedAsync(bob, Write("empty.txt", 0));
    }

    [Fact]
    public async Task Connections_that_break_in_the_middle_cost_nothing()
    {
        var (ann, bob) = await MeetAsync();
        var path = Write("large.bin", 40_000_000);
        await ann.SetInputFilesAsync("#file-input", path);
        await SaveAsync(bob);
        await GetsAsync(bob, 1_000_000);
        await ann.Context.SetOfflineAsync(true);
        await bob.Context.SetOfflineAsync(true);
        await ann.Context.SetOfflineAsync(false);
        await bob.Context.SetOfflineAsync(false);
        await HasDownloadedAsync(bob, path);
        await Expect(Card(ann).Locator(".file-state")).ToHaveTextAsync("Sent, and checked by the other side.");
    }

    [Fact]
    public async Task Whoever_leaves_takes_the_rest_of_the_file_along()
    {
        var (ann, bob) = await MeetAsync();
        await ann.SetInputFilesAsync("#file-input", WriteZeros("large.bin", 400_000_000));
        await SaveAsync(bob);
        await GetsAsync(bob, 1);
        await PauseAsync(bob);
        await ann.CloseAsync();
        await Expect(Card(bob).Locator(".file-state")).ToHaveTextAsync("The pipe was over before all of it had come.");
        await Expect(bob.Locator("#attach")).ToBeHiddenAsync();
        await StoresNothingAsync(bob);
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1200)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task Axe_finds_nothing_and_the_keyboard_is_enough(ColorScheme scheme, int width)
    {
        var (ann, bob) = await MeetAsync(options: new() { BypassCSP = true, ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 800 } });
        foreach (var page in (IPage[])[ann, bob])
        {
            await page.FocusAsync("#attach");
            Assert.Equal("Send a file", await page.EvaluateAsync<string>("document.activeElement.ariaLabel"));
        }

        await ann.SetInputFilesAsync("#file-input", (string[])[Write("done.bin", 10), Write("refused.bin", 10), Write("offered.bin", 10)]);
        await Card(bob, "done.bin").GetByRole(AriaRole.Button, new() { Name = "Save" }).PressAsync("Enter");
        await Expect(Card(bob, "done.bin").GetByRole(AriaRole.Link, new() { Name = "Download" })).ToBeFocusedAsync(); // where the button was
        await Card(bob, "refused.bin").GetByRole(AriaRole.Button, new() { Name = "Decline" }).PressAsync("Enter");
        await ann.SetInputFilesAsync("#file-input", WriteZeros("going.bin", 400_000_000));
        await SaveAsync(bob, "going.bin");
        await Card(bob, "going.bin").GetByRole(AriaRole.Button, new() { Name = "Pause" }).PressAsync("Space");
        await Expect(Card(ann, "going.bin").Locator(".file-state")).ToContainTextAsync("Paused by the other side");
        foreach (var page in (IPage[])[ann, bob])
        {
            await AccessibilityTests.CheckAsync(page, "files");
            Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        }
    }

    [Fact]
    public async Task Where_people_may_choose_a_place_the_file_goes_there()
    {
        // The system's window can't be tested; what it returns is such a handle.
        var (ann, bob) = await MeetAsync("""
            globalThis.showSaveFilePicker = async ({ suggestedName }) =>
              (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
            """);
        var path = Write("chosen.bin", 3_000_000);
        await ann.SetInputFilesAsync("#file-input", path);
        await SaveAsync(bob);
        await Expect(Card(bob).Locator(".file-state")).ToHaveTextAsync("Saved, and checked.", new() { Timeout = 60_000 });
        var sum = await bob.EvaluateAsync<string>("""
            async () => {
              const file = await (await (await navigator.storage.getDirectory()).getFileHandle('chosen.bin')).getFile();
              const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
              return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
            }
            """);
        Assert.Equal(Sum(path), sum);
    }

    [Fact]
    public async Task A_client_sends_to_a_page_what_it_offered_before_the_page_was_ready_and_names_stay_harmless()
    {
        await using var client = new MaltenClient(Node.Address);
        await using var pipe = await client.InviteAsync();
        var opened = OpensAsync(pipe);
        var page = await OpenAsync($"#{pipe.Link!.ToText().Split('#')[1]}", script: NoPicker);
        await PipeTests.OpenPipeAsync(page);
        await opened;
        await using var files = pipe.TransferFiles();
        var path = Write("a.bin", 9_000_000);
        var sent = files.Offer(FileToSend.Of(path) with { Description = new("../../\u202Egpj.exe", "text/html", 9_000_000) })[0];
        await Expect(Card(page).Locator(".file-name")).ToHaveTextAsync("__.._gpj.exe");
        await SaveAsync(page);
        await HasDownloadedAsync(page, path, "__.._gpj.exe");
        await sent.Completion.WaitAsync(TimeSpan.FromSeconds(60));
        await pipe.LeaveAsync();
    }

    [Fact]
    public async Task A_page_sends_to_a_client()
    {
        var page = await OpenAsync("", script: NoPicker);
        var link = await PipeTests.InviteAsync(page);
        await using var client = new MaltenClient(Node.Address);
        await using var pipe = client.Join(PipeLink.Parse(link));
        await OpensAsync(pipe);
        await using var files = pipe.TransferFiles();
        var path = Write("b.bin", 9_000_000);
        await page.SetInputFilesAsync("#file-input", path);
        var offer = await files.ListenAsync().FirstAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(("b.bin", 9_000_000L, true), (offer.Description.Name, offer.Description.Size, offer.IsLast));
        var to = _folder.CreateSubdirectory("to").FullName;
        var part = Path.Combine(to, PartialFile.NameOf(offer.SafeName, offer.Description));
        await File.WriteAllBytesAsync(part, (await File.ReadAllBytesAsync(path))[..5_000_000]);
        var saved = await offer.SaveAsync(to).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((Sum(path), 5_000_000), (Sum(saved), offer.Resumed));
        await Expect(Card(page).Locator(".file-state")).ToHaveTextAsync("Sent, and checked by the other side.");
        await pipe.LeaveAsync();
    }

    [Fact]
    public async Task What_a_page_that_was_closed_has_left_is_removed_by_the_next_one()
    {
        var context = await OpenAsync("#_");
        await context.EvaluateAsync("async () => (await navigator.storage.getDirectory()).getFileHandle('malten-file-old', { create: true })");
        Assert.Equal(1, await StoredAsync(context));
        await context.EvaluateAsync("() => import(new URL('files/store.js', document.querySelector('script[type=module]').src))");
        await StoresNothingAsync(context);
    }

    private async Task<(IPage Ann, IPage Bob)> MeetAsync(string script = NoPicker, BrowserNewContextOptions? options = null)
    {
        var ann = await OpenAsync("", options, script: script);
        var link = await PipeTests.InviteAsync(ann);
        var bob = await OpenAsync(link, options, script: script);
        await PipeTests.OpenPipeAsync(bob);
        await Expect(ann.Locator("#attach")).ToBeVisibleAsync();
        await Expect(bob.Locator("#attach")).ToBeVisibleAsync();
        return (ann, bob);
    }

    /// <summary>Listens in the background, and returns when both sides are there.</summary>
    private static Task OpensAsync(EncryptedPipe pipe)
    {
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Task.Run(async () =>
        {
            await foreach (var item in pipe.ListenAsync())
                if (item is PipeOpened) opened.TrySetResult();
        });
        return opened.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static ILocator Card(IPage page, string? name = null) =>
        name is null ? page.Locator(".file") : page.Locator(".file", new() { HasText = name });

    private static Task SaveAsync(IPage page, string? name = null) => Card(page, name).GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();

    private static Task PauseAsync(IPage page) => Card(page).GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();

    private static async Task GetsAsync(IPage page, long count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await Card(page).Locator("progress").EvaluateAsync<double>("bar => bar.value") < count) await Task.Delay(10, limit.Token);
    }

    private static async Task StoresNothingAsync(IPage page)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await StoredAsync(page) > 0) await Task.Delay(10, limit.Token);
    }

    private static async Task HasDownloadedAsync(IPage page, string path, string? name = null)
    {
        name ??= Path.GetFileName(path);
        var link = Card(page, name).GetByRole(AriaRole.Link, new() { Name = "Download" });
        await Expect(link).ToBeVisibleAsync(new() { Timeout = 60_000 });
        var download = await page.RunAndWaitForDownloadAsync(() => link.ClickAsync());
        Assert.Equal((name, Sum(path)), (download.SuggestedFilename, Sum((await download.PathAsync())!)));
    }

    private static Task<int> StoredAsync(IPage page) => page.EvaluateAsync<int>("""
        async () => {
          let count = 0;
          for await (const _ of (await navigator.storage.getDirectory()).keys()) count++;
          return count;
        }
        """);

    private string Write(string name, int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>So many zeros, which take no room on the disk: a file that is never sent to its end.</summary>
    private string WriteZeros(string name, long size)
    {
        var path = Path.Combine(_folder.FullName, name);
        using var file = File.Create(path);
        file.SetLength(size);
        return path;
    }

    private static string Sum(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
