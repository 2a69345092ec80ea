using Malten.Client;

namespace Malten.Browser.Tests;

/// <summary>Files in a pipe: between two pages, and between a page and <c>Malten.Client</c>, on which the command line stands.</summary>
public sealed class FileTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task A_file_is_offered_accepted_and_downloaded()
    {
        var (ann, bob) = await MeetAsync();
        var path = Folder.Write("holiday photo.png", 700_000);
        await ann.SetInputFilesAsync("#file-input", path);
        var offered = bob.Card();
        await Expect(offered.Locator(".file-name")).ToHaveTextAsync("holiday photo.png");
        await Expect(offered.Locator(".file-about")).ToHaveTextAsync("image/png · 700.0 kB");
        await Expect(ann.Card().Locator(".file-state")).ToHaveTextAsync("Waiting for the other person to accept…");
        await Expect(bob.Locator("[role=status].hidden")).ToHaveTextAsync("You are offered a file: holiday photo.png, 700.0 kB");
        await bob.SaveAsync();
        await bob.HasDownloadedAsync(path);
        await Expect(ann.Card().Locator(".file-state")).ToHaveTextAsync("Sent, and checked by the other side.");
        await bob.Card().GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Expect(bob.Card()).ToHaveCountAsync(0);
        await bob.StoresNothingAsync();
    }

    [Fact]
    public async Task Both_choose_files_at_once_and_what_is_declined_is_not_sent()
    {
        var (ann, bob) = await MeetAsync();
        var (first, second, third) = (Folder.Write("first.bin", 2_000_000), Folder.Write("second.bin", 0), Folder.Write("third.bin", 3_000_000));
        await Task.WhenAll(ann.SetInputFilesAsync("#file-input", (string[])[first, second]), bob.SetInputFilesAsync("#file-input", third));
        await Expect(bob.Locator(".file")).ToHaveCountAsync(3);
        await Expect(ann.Locator(".file")).ToHaveCountAsync(3);
        await bob.SaveAsync("first.bin");
        await ann.SaveAsync("third.bin");
        await bob.Card("second.bin").GetByRole(AriaRole.Button, new() { Name = "Decline" }).ClickAsync();
        await Expect(ann.Card("second.bin").Locator(".file-state")).ToHaveTextAsync("The other person does not want it.");
        await bob.HasDownloadedAsync(first);
        await ann.HasDownloadedAsync(third);
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
        await bob.SaveAsync();
        await bob.HasDownloadedAsync(Folder.Write("empty.txt", 0));
    }

    [Fact]
    public async Task Connections_that_break_in_the_middle_cost_nothing()
    {
        var (ann, bob) = await MeetAsync();
        var path = Folder.Write("large.bin", 200_000_000);
        await ann.SetInputFilesAsync("#file-input", path);
        await bob.SaveAsync();
        await bob.GetsAsync(20_000_000);
        await ann.Context.SetOfflineAsync(true);
        await bob.Context.SetOfflineAsync(true);
        await ann.Context.SetOfflineAsync(false);
        await bob.Context.SetOfflineAsync(false);
        await bob.HasDownloadedAsync(path, seconds: 120);
        await Expect(ann.Card().Locator(".file-state")).ToHaveTextAsync("Sent, and checked by the other side.");
    }

    [Fact]
    public async Task Whoever_leaves_takes_the_rest_of_the_file_along()
    {
        var (ann, bob) = await MeetAsync();
        await ann.SetInputFilesAsync("#file-input", Folder.WriteZeros("large.bin", 400_000_000));
        await bob.SaveAsync();
        await bob.GetsAsync(1);
        await bob.ChooseAsync("Pause");
        await ann.CloseAsync();
        await Expect(bob.Card().Locator(".file-state")).ToHaveTextAsync("The connection was over before all of it had come.");
        await Expect(bob.Locator("#attach")).ToBeHiddenAsync();
        await bob.StoresNothingAsync();
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

        await ann.SetInputFilesAsync("#file-input",
            (string[])[Folder.Write("done.bin", 10), Folder.Write("refused.bin", 10), Folder.Write("offered.bin", 10)]);
        await bob.Card("done.bin").GetByRole(AriaRole.Button, new() { Name = "Save" }).PressAsync("Enter");
        await Expect(bob.Card("done.bin").GetByRole(AriaRole.Link, new() { Name = "Download" })).ToBeFocusedAsync(); // where the button was
        await bob.Card("refused.bin").GetByRole(AriaRole.Button, new() { Name = "Decline" }).PressAsync("Enter");
        await ann.SetInputFilesAsync("#file-input", Folder.WriteZeros("going.bin", 400_000_000));
        await bob.SaveAsync("going.bin");
        await bob.Card("going.bin").GetByRole(AriaRole.Button, new() { Name = "Pause" }).PressAsync("Space");
        await Expect(ann.Card("going.bin").Locator(".file-state")).ToContainTextAsync("Paused by the other side");
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
        var path = Folder.Write("chosen.bin", 3_000_000);
        await ann.SetInputFilesAsync("#file-input", path);
        await bob.SaveAsync();
        await Expect(bob.Card().Locator(".file-state")).ToHaveTextAsync("Saved, and checked.", new() { Timeout = 60_000 });
        var sum = await bob.EvaluateAsync<string>("""
            async () => {
              const file = await (await (await navigator.storage.getDirectory()).getFileHandle('chosen.bin')).getFile();
              const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
              return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
            }
            """);
        Assert.Equal(FileCards.SumOf(path), sum);
    }

    [Fact]
    public async Task A_client_sends_to_a_page_what_it_offered_before_the_page_was_ready_and_names_stay_harmless()
    {
        await using var client = new MaltenClient(Node.Address);
        await using var pipe = await client.InviteAsync();
        var opened = OpensAsync(pipe);
        var page = await OpenAsync($"#{pipe.Link!.ToText().Split('#')[1]}", script: FileCards.NoPicker);
        await PipeTests.OpenPipeAsync(page);
        await opened;
        await using var files = pipe.TransferFiles();
        var path = Folder.Write("a.bin", 9_000_000);
        var sent = files.Offer(FileToSend.Of(path) with { Description = new("../../\u202Egpj.exe", "text/html", 9_000_000) })[0];
        await Expect(page.Card().Locator(".file-name")).ToHaveTextAsync("__.._gpj.exe");
        await page.SaveAsync();
        await page.HasDownloadedAsync(path, "__.._gpj.exe");
        await sent.Completion.WaitAsync(TimeSpan.FromSeconds(60));
        await pipe.LeaveAsync();
    }

    [Fact]
    public async Task A_page_sends_to_a_client()
    {
        var page = await OpenAsync("", script: FileCards.NoPicker);
        var link = await PipeTests.InviteAsync(page);
        await using var client = new MaltenClient(Node.Address);
        await using var pipe = client.Join(PipeLink.Parse(link));
        await OpensAsync(pipe);
        await using var files = pipe.TransferFiles();
        var path = Folder.Write("b.bin", 9_000_000);
        await page.SetInputFilesAsync("#file-input", path);
        var offer = await files.ListenAsync().FirstAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(("b.bin", 9_000_000L, true), (offer.Description.Name, offer.Description.Size, offer.IsLast));
        var to = Folder.CreateSubdirectory("to").FullName;
        var part = Path.Combine(to, PartialFile.NameOf(offer.SafeName, offer.Description));
        await File.WriteAllBytesAsync(part, (await File.ReadAllBytesAsync(path))[..5_000_000]);
        var saved = await offer.SaveAsync(to).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((FileCards.SumOf(path), 5_000_000), (FileCards.SumOf(saved), offer.Resumed));
        await Expect(page.Card().Locator(".file-state")).ToHaveTextAsync("Sent, and checked by the other side.");
        await pipe.LeaveAsync();
    }

    [Fact]
    public async Task What_a_page_that_was_closed_has_left_is_removed_by_the_next_one()
    {
        var context = await OpenAsync("#_");
        await context.EvaluateAsync("async () => (await navigator.storage.getDirectory()).getFileHandle('malten-file-old', { create: true })");
        Assert.Equal(1, await context.StoredAsync());
        await context.EvaluateAsync("() => import(new URL('files/store.js', document.querySelector('script[type=module]').src))");
        await context.StoresNothingAsync();
    }

    private async Task<(IPage Ann, IPage Bob)> MeetAsync(string script = FileCards.NoPicker + FileCards.NoDirectWay, BrowserNewContextOptions? options = null)
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
    internal static Task OpensAsync(EncryptedPipe pipe)
    {
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Task.Run(async () =>
        {
            await foreach (var item in pipe.ListenAsync())
                if (item is PipeOpened) opened.TrySetResult();
        });
        return opened.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }
}
