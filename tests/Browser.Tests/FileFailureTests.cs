using Malten.Client;
using Malten.Testing;

namespace Malten.Browser.Tests;

/// <summary>What one side of a file does when the other one fails, is gone, or wants to do harm; and what people do at the wrong moment.</summary>
public sealed class FileFailureTests(Chromium chromium) : PageTest(chromium)
{
    private const string Over = "Files can’t be transferred in this pipe any more.";

    // Long pieces do not decrypt; the words of the pipe do.
    private const string CannotOpen = """
        const { decrypt } = crypto.subtle;
        crypto.subtle.decrypt = async (...all) => {
          if (all[2].byteLength > 40_000) throw new DOMException('', 'OperationError');
          return decrypt.apply(crypto.subtle, all);
        };
        """;

    private const string CancelledInClosing = """
        const { close } = FileSystemWritableFileStream.prototype;
        FileSystemWritableFileStream.prototype.close = function () {
          const closing = close.call(this);
          [...document.querySelectorAll('.file button')].find(one => one.textContent === 'Cancel').click();
          return closing;
        };
        """;

    private const string Picker = """
        globalThis.showSaveFilePicker = async ({ suggestedName }) => {
          window.asked = (window.asked ?? 0) + 1;
          await new Promise(resolve => (window.choose = resolve));
          return (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
        };
        """;

    [Fact]
    public async Task Where_one_side_fails_the_other_is_told_and_both_keep_the_pipe()
    {
        var (ann, bob) = await MeetAsync(scriptOfBob: FileCards.NoPicker + FileCards.NoDirectWay + CannotOpen);
        await ann.SetInputFilesAsync("#file-input", Folder.Write("lost.bin", 3_000_000));
        await bob.SaveAsync();
        await Expect(bob.Locator("#status")).ToHaveTextAsync($"{Over} The bytes were changed on their way. Nothing after this point can be trusted.");
        await Expect(ann.Locator("#status")).ToHaveTextAsync($"{Over} The other side can’t go on.");
        foreach (var page in (IPage[])[ann, bob])
        {
            await Expect(page.State()).ToHaveTextAsync("The connection was over before all of it had come.");
            await Expect(page.Locator("#attach")).ToBeHiddenAsync();
        }

        await SayAsync(ann, "and we still talk");
        await Expect(Texts(bob)).ToHaveTextAsync(["and we still talk"]);
    }

    [Fact]
    public async Task A_program_whose_page_fails_is_told_at_once()
    {
        var page = await OpenAsync("", script: FileCards.NoPicker + CannotOpen);
        var link = await PipeTests.InviteAsync(page);
        await using var client = new MaltenClient(Node.Address);
        await using var pipe = client.Join(PipeLink.Parse(link));
        await FileTests.OpensAsync(pipe);
        await using var files = pipe.TransferFiles();
        var sent = files.Offer(FileToSend.Of(Folder.Write("lost.bin", 3_000_000)))[0];
        await page.SaveAsync();
        var failed = await Assert.ThrowsAsync<FileTransferException>(() => sent.Completion.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(("The other side can't go on, and has stopped the transfer.", FileFault.Lost), (failed.InnerException?.Message, failed.Fault));
        await Expect(page.State()).ToHaveTextAsync("The connection was over before all of it had come.");
        await pipe.LeaveAsync();
    }

    [Fact]
    public async Task A_page_whose_program_gives_its_files_up_is_told_at_once()
    {
        var page = await OpenAsync("", script: FileCards.NoPicker);
        var link = await PipeTests.InviteAsync(page);
        await using var client = new MaltenClient(Node.Address);
        await using var pipe = client.Join(PipeLink.Parse(link));
        await FileTests.OpensAsync(pipe);
        await using (pipe.TransferFiles())
        {
            await page.SetInputFilesAsync("#file-input", Folder.Write("given up.bin", 300_000));
            await Expect(page.Card()).ToBeVisibleAsync();
        }

        await Expect(page.Locator("#status")).ToHaveTextAsync($"{Over} The other side can’t go on.");
        await Expect(page.State()).ToHaveTextAsync("The connection was over before all of it had come.");
        await pipe.PostAsync("and we still talk");
        await Expect(Texts(page)).ToHaveTextAsync(["and we still talk"]);
        await pipe.LeaveAsync();
    }

    [Fact]
    public async Task Whoever_hears_nothing_for_five_minutes_gives_up()
    {
        var (ann, bob) = await MeetAsync();
        await InstallClockAsync(ann);
        // Her clock runs ahead of the node's, so she connects again and again, which has a line of its own.
        await ann.EvaluateAsync("""
            () => {
              window.shown = [];
              new MutationObserver(changes => changes.forEach(({ addedNodes }) => addedNodes.forEach(node => shown.push(node.textContent))))
                .observe(document.getElementById('status'), { childList: true });
            }
            """);
        await ann.SetInputFilesAsync("#file-input", Folder.WriteZeros("silent.bin", 400_000_000));
        await bob.SaveAsync();
        await bob.GetsAsync(1);
        await bob.Context.SetOfflineAsync(true);
        await bob.CloseAsync();
        await ann.Clock.RunForAsync(4 * 60_000);
        await Expect(ann.Locator("#attach")).ToBeVisibleAsync();
        await ann.Clock.RunForAsync(3 * 60_000);
        await Eventually.IsSoAsync(async () =>
            (await ann.EvaluateAsync<string[]>("() => shown")).Contains($"{Over} The other side has not been heard for 5 minutes."));
        await Expect(ann.State()).ToHaveTextAsync("The connection was over before all of it had come.");
    }

    [Fact]
    public async Task Offers_that_are_taken_back_again_and_again_fill_no_screen()
    {
        var page = await OpenAsync("", script: FileCards.NoPicker);
        var link = await PipeTests.InviteAsync(page);
        await using var client = new MaltenClient(Node.Address);
        await using var pipe = client.Join(PipeLink.Parse(link));
        await FileTests.OpensAsync(pipe);
        await using var files = pipe.TransferFiles();
        var path = Folder.Write("again.bin", 10);
        for (var i = 0; i < 100; i++) files.Offer(FileToSend.Of(path) with { Description = new($"again {i}.bin", "", 10) })[0].Stop();
        files.Offer(FileToSend.Of(path) with { Description = new("last.bin", "", 10) });
        await Expect(page.Card("last.bin")).ToBeVisibleAsync();
        await Expect(page.Locator(".file[data-state=failed]")).ToHaveCountAsync(32);
        await Expect(page.Card("again 99.bin")).ToBeVisibleAsync();
        await pipe.LeaveAsync();
    }

    [Fact]
    public async Task Each_side_may_have_a_thousand_files_open_or_offer_as_many_together_and_no_more()
    {
        var page = await OpenAsync("#_");
        var found = await page.EvaluateAsync<string[]>("""
            async () => {
              const here = document.querySelector('script[type=module]').src;
              const { FileTransfers } = await import(new URL('files/transfers.js', here));
              const { offerFrame, stopFrame, FAULT } = await import(new URL('files/frames.js', here));
              const take = async (transfers, number, isLast, isStopped) => {
                await transfers.take(offerFrame(number, { name: 'a', type: '', size: 1 }, isLast));
                if (isStopped) await transfers.take(stopFrame(number, FAULT.stopped));
              };
              const found = [];
              const open = new FileTransfers(true);
              let [mine, theirs] = [open.offer(Array.from({ length: 1023 }, () => new File([], 'b'))).length, 0];
              for (; theirs < 1024; theirs++) await take(open, 2 * theirs + 1, true, false);
              found.push(`${mine} and ${theirs}`);
              await take(open, 2 * theirs + 1, true, false).catch(failure => found.push(failure.message));
              const together = new FileTransfers(true);
              for (let i = 0; i < 1023; i++) await take(together, 2 * i + 1, false, true);
              await take(together, 2 * 1023 + 1, false, true).catch(failure => found.push(failure.message));
              return found;
            }
            """);
        Assert.Equal(["1023 and 1024", "The other side offers too many files.", "The other side offers too many files."], found);
    }

    [Fact]
    public async Task The_receiver_is_asked_to_begin_anew_every_five_seconds_and_not_more_often()
    {
        var page = await OpenAsync("#_");
        await InstallClockAsync(page);
        await PauseAsync(page);
        await page.EvaluateAsync("""
            async () => {
              const here = document.querySelector('script[type=module]').src;
              const { ByteSender } = await import(new URL('files/sender.js', here));
              const { aesKey } = await import(new URL('crypto/keys.js', here));
              const keys = { key: await aesKey(new Uint8Array(32)), start: new Uint8Array(12) };
              const queue = { take: () => new Uint8Array(10) };
              window.said = [];
              window.fetch = async () => { throw new TypeError(); };
              const sender = new ByteSender({ stream: 's', seat: 's', say: async (_, text) => said.push(text) }, keys, queue);
              window.wake = async () => {
                for (let i = 0; i < 50; i++) {
                  queue.onMore();
                  await new Promise(resolve => queueMicrotask(resolve));
                }
              };
              sender.run(new AbortController().signal);
              sender.hear({ what: 'from', number: 0 });
              await wake();
            }
            """);
        foreach (var count in (int[])[0, 1, 2])
        {
            if (count > 0) await page.Clock.RunForAsync(5100);
            await page.EvaluateAsync("wake()");
            Assert.Equal(Enumerable.Repeat("again 1 0", count), await page.EvaluateAsync<string[]>("said"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_cancelled_while_it_is_put_in_its_place_does_not_stay_there(bool isPicked)
    {
        var (ann, bob) = await MeetAsync(scriptOfBob: (isPicked ? Picker : FileCards.NoPicker) + FileCards.NoDirectWay + CancelledInClosing);
        await ann.SetInputFilesAsync("#file-input", Folder.Write("late.bin", 300_000));
        await bob.SaveAsync();
        if (isPicked) await ChoosesAsync(bob);
        await Expect(ann.State()).ToHaveTextAsync("Stopped.");
        await bob.StoresNothingAsync();
    }

    [Fact]
    public async Task Whoever_presses_save_twice_is_asked_once()
    {
        var (ann, bob) = await MeetAsync(scriptOfBob: Picker + FileCards.NoDirectWay);
        await ann.SetInputFilesAsync("#file-input", Folder.Write("twice.bin", 300_000));
        await Expect(bob.Card()).ToBeVisibleAsync();
        await bob.EvaluateAsync("{ const save = document.querySelector('.file .primary'); save.click(); save.click(); }");
        await ChoosesAsync(bob);
        await Expect(bob.State()).ToHaveTextAsync("Saved, and checked.");
        Assert.Equal((1, 1), (await bob.EvaluateAsync<int>("asked"), await bob.StoredAsync()));
    }

    [Fact]
    public async Task A_desk_that_is_not_on_the_screen_takes_files()
    {
        var page = await OpenAsync("#_");
        var found = await page.EvaluateAsync<string[]>("""
            async () => {
              const here = document.querySelector('script[type=module]').src;
              const { Desk } = await import(new URL('files/desk.js', here));
              const { aesKey } = await import(new URL('crypto/keys.js', here));
              const keys = { key: await aesKey(new Uint8Array(32)), start: new Uint8Array(12) };
              const [gone, fileKeys] = [new AbortController(), { inviter: keys, joiner: keys }];
              const pipe = { stream: 's', seat: 's', phase: 'open', isInviter: true, heard: 0, gone, fileKeys, say: async () => {} };
              const problems = [];
              window.fetch = () => new Promise(() => {});
              new Desk(pipe, problem => problems.push(problem)).offer([new File(['x'], 'x')]);
              return [...problems, document.querySelector('p[role=status].hidden')?.textContent];
            }
            """);
        Assert.Equal(["Offered: x"], found);
    }

    [Fact]
    public async Task However_many_files_are_received_at_once_little_is_held_of_them()
    {
        var page = await OpenAsync("#_", script: FileCards.NoPicker + """
            window.pieces = 0;
            window.Uint8Array = class extends Uint8Array {
              constructor(...all) {
                super(...all);
                if (all[0] === 2 ** 20) window.pieces++;
              }
            };
            """);
        var found = await page.EvaluateAsync<int[]>("""
            async () => {
              const { openStore } = await import(new URL('files/store.js', document.querySelector('script[type=module]').src));
              const stores = await Promise.all(Array.from({ length: 40 }, () => openStore('a')));
              for (const store of stores) await store.write(new Uint8Array(10));
              const held = window.pieces;
              stores[0].discard();
              await stores[30].write(new Uint8Array(10));
              const then = window.pieces;
              await stores[30].finish();
              const folder = await navigator.storage.getDirectory();
              let written = 0;
              for await (const file of folder.values()) if (!file.name.endsWith('.crswap')) written += (await file.getFile()).size;
              for (const store of stores) store.discard();
              return [held, then, written];
            }
            """);
        Assert.Equal([8, 9, 20], found);
    }

    private static async Task ChoosesAsync(IPage page)
    {
        await page.WaitForFunctionAsync("() => window.choose");
        await page.EvaluateAsync("choose()");
    }

    private async Task<(IPage Ann, IPage Bob)> MeetAsync(string? scriptOfBob = null)
    {
        const string Usual = FileCards.NoPicker + FileCards.NoDirectWay;
        var ann = await OpenAsync("", script: Usual);
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann), script: scriptOfBob ?? Usual);
        await PipeTests.OpenPipeAsync(bob);
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.Locator("#attach")).ToBeVisibleAsync();
        return (ann, bob);
    }
}
