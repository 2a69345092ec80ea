namespace Malten.Browser.Tests;

/// <summary>What a file costs a page besides its bytes stays small, however quickly they come.</summary>
public sealed class FileCostTests(CallChromium chromium) : CallTest(chromium)
{
    // A file that is coming, and of which places it is said that they have been reached.
    private const string Offered = """
        window.aFile = async () => {
          const here = document.querySelector('script[type=module]').src;
          const { OfferedFile } = await import(new URL('files/transfer.js', here));
          const { TYPE, readPlace } = await import(new URL('files/frames.js', here));
          const said = [];
          const file = new OfferedFile(1, { name: 'a.bin', type: '', size: 1e9 }, { say: frame => said.push(frame) });
          file.accept({ write: async () => {}, discard: () => {} });
          await file.take({ type: TYPE.begin, content: new Uint8Array(8) });
          return {
            file,
            places: () => said.filter(frame => frame[0] === TYPE.have).map(frame => readPlace(frame.subarray(8))),
            take: () => file.take({ type: TYPE.data, content: new Uint8Array(65_536) }),
          };
        };
        """;

    [Fact]
    public async Task Progress_is_drawn_a_few_times_a_second_and_what_people_did_at_once()
    {
        var page = await OpenAsync("#_");
        var drawn = await page.EvaluateAsync<string[]>("""
            async () => {
              const here = document.querySelector('script[type=module]').src;
              const { Card } = await import(new URL('files/card.js', here));
              const later = [];
              globalThis.setTimeout = act => later.push(act);
              const file = { name: 'a.bin', type: '', size: 1e9, state: 'going', isOwn: true, isPaused: false, transferred: 0, resumed: 0 };
              const card = new Card(file, () => 'direct', () => {}, () => {});
              const progress = card.element.querySelector('progress');
              const found = [];
              for (let i = 1; i <= 1000; i++) {
                file.transferred = i * 1000;
                card.show();
              }
              found.push(progress.value, later.length);
              later.shift()();
              found.push(progress.value);
              file.transferred = 2e6;
              card.show();
              file.isPaused = true;
              card.show();
              found.push(card.element.querySelector('.file-state').textContent);
              file.transferred = 3e6;
              card.show();
              found.push(later.length);
              return found.map(String);
            }
            """);
        Assert.Equal(["0", "1", "1000000", "Paused at 2.0 MB.", "2"], drawn); // the second of the two was taken back by the pause
    }

    [Theory]
    [InlineData(0, 4)] // milliseconds for a record; receipts for 8 MiB
    [InlineData(30, 32)]
    [InlineData(1000, 32)]
    public async Task The_quicker_a_file_comes_the_more_of_it_one_receipt_is_for(int milliseconds, int receipts)
    {
        var page = await OpenAsync("#_", script: Offered);
        var said = await page.EvaluateAsync<double[]>("""
            async milliseconds => {
              const { places, take } = await aFile();
              let now = 1000;
              performance.now = () => now;
              for (let i = 0; i < 128; i++, now += milliseconds) await take();
              return places();
            }
            """, milliseconds);
        Assert.Equal(receipts, said.Length);
        // 4 MiB may be on their way.
        Assert.All(said.Zip(said.Skip(1), (one, next) => next - one), more => Assert.InRange(more, 1, 2 * 1024 * 1024));
    }

    [Fact]
    public async Task A_sender_that_waits_for_less_than_that_is_told_soon()
    {
        var page = await OpenAsync("#_", script: Offered);
        var said = await page.EvaluateAsync<double[]>("""
            async () => {
              const { file, places, take } = await aFile();
              for (let i = 0; i < 8; i++) await take();
              while (places().length < 2) await new Promise(done => setTimeout(done, 10));
              file.fail(7);
              return places();
            }
            """);
        Assert.Equal([262_144, 524_288], said);
    }

    [Fact]
    public async Task Bodies_are_as_long_as_the_way_is_quick_so_that_no_word_waits_for_long()
    {
        var page = await OpenAsync("#_");
        var sizes = await page.EvaluateAsync<int[]>("""
            async () => {
              const here = document.querySelector('script[type=module]').src;
              const { ByteSender } = await import(new URL('files/sender.js', here));
              const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
              const queue = { take: () => new Uint8Array(65_536) };
              const sender = new ByteSender({ stream: 's', seat: 's' }, { key, start: new Uint8Array(12) }, queue);
              const over = new AbortController();
              const took = [900, 100, 100, 2500, 2500, 2500, 5000, 5000, 1500, 900, 100];
              const sizes = [];
              let now = 0;
              performance.now = () => now;
              globalThis.fetch = async (_, { body }) => {
                now += took[sizes.length];
                sizes.push(body.size / (65_536 + 28));
                if (sizes.length === took.length) over.abort();
                else sender.hear({ what: 'have', number: sizes.reduce((sum, one) => sum + one, 0) });
                return { ok: true };
              };
              sender.hear({ what: 'from', number: 0 });
              await sender.run(over.signal);
              return sizes;
            }
            """);
        Assert.Equal([8, 16, 32, 32, 16, 8, 4, 2, 2, 2, 4], sizes);
    }

    [Theory]
    [InlineData("isPausedByOther", true)]
    [InlineData("state", "going")]
    public async Task What_the_other_side_does_moves_nobody_to_another_button(string what, object becomes)
    {
        var page = await OpenAsync("#_");
        var focused = await page.EvaluateAsync<string>("""
            async ([what, becomes]) => {
              const here = document.querySelector('script[type=module]').src;
              const { Card } = await import(new URL('files/card.js', here));
              const file = { name: 'a.bin', type: '', size: 1e9, state: 'waiting', isOwn: false, isPaused: false, transferred: 0, resumed: 0 };
              if (what !== 'state') file.state = 'going';
              const card = new Card(file, () => 'direct', () => {}, () => {});
              document.body.append(card.element);
              [...card.element.querySelectorAll('.file-buttons button')].at(-1).focus();
              const before = document.activeElement;
              file[what] = becomes;
              card.show();
              return `${document.activeElement.textContent} ${what === 'state' || before === document.activeElement}`;
            }
            """, (object[])[what, becomes]);
        Assert.Equal("Cancel true", focused);
    }

    [Fact]
    public async Task A_browser_that_fills_no_buffers_of_others_gets_files_too()
    {
        const string NoBuffers = """
            const { getReader } = ReadableStream.prototype;
            ReadableStream.prototype.getReader = function (how) {
              if (how?.mode === 'byob') window.wasAsked = true;
              if (how?.mode) throw new TypeError('no such mode');
              return getReader.call(this);
            };
            """;
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker + FileCards.NoDirectWay, moreOfBob: FileCards.NoPicker + NoBuffers);
        var path = Folder.Write("old.bin", 5_000_000);
        await ann.SetInputFilesAsync("#file-input", path);
        await bob.SaveAsync();
        await bob.HasDownloadedAsync(path);
        Assert.True(await bob.EvaluateAsync<bool>("window.wasAsked"));
    }
}
