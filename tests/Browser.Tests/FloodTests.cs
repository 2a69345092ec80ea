using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>Masses of messages, from the server or from an author with the link, keep nobody from seeing and learning what they should.</summary>
public sealed class FloodTests(Chromium chromium) : HostileStreamTest(chromium)
{
    // The server repeats the first message every millisecond.
    private static readonly string Repeating = Tapping("""
        (data, repeat) => {
          if (data && JSON.parse(data).Type === 'message') window.repeating ??= setInterval(repeat, 1);
        }
        """);

    [Fact]
    public async Task A_message_that_is_repeated_without_end_does_not_keep_the_page_from_comparing()
    {
        using var ann = new Enc2Author(Stream, "ann");
        var page = await OpenAsync($"#/e/any/{Stream.Key}", address: Server.AddressOf(Reader.First), script: Repeating);
        await ListensAsync(page);
        await PostAsync(ann, "one");
        ann.Write("lost on the way");
        await PostAsync(ann, "three");
        await Expect(page.Locator(".note")).ToHaveTextAsync("A message of this author before this one did not arrive.");
    }

    [Fact]
    public async Task As_many_numbers_as_an_author_can_give_up_are_counted_at_once()
    {
        var page = await OpenAsync("");
        var milliseconds = await page.EvaluateAsync<double>("""
            async () => {
              const { findings } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'crypto/transcript.js'));
              const entries = Array.from({ length: 1024 }, (_, at) => ({
                id: `${at}`, hash: `${at}`, author: 'ann', number: 255 * (at + 1), skipped: 254, time: 0, created: 0, seen: [], previous: `${at - 1}`, name: '',
              }));
              const begun = performance.now();
              const found = findings(entries, true);
              if (found.size !== 1 || found.get('0')[0].kind !== 'faded') throw new Error(JSON.stringify([...found]));
              return performance.now() - begun;
            }
            """);
        Assert.InRange(milliseconds, 0, 5000);
    }

    [Fact]
    public async Task A_pipe_keeps_nothing_of_frames_that_are_not_shown()
    {
        var page = await OpenAsync("");
        var kept = await page.EvaluateAsync<int[]>("""
            async () => {
              const base = document.querySelector('script[type=module]').src;
              const { PipeChannel } = await import(base.replace('main.js', 'channels/pipe.js'));
              const { toBase64Url } = await import(base.replace('main.js', 'crypto/bytes.js'));
              const pipe = await PipeChannel.invite(60, async () => {});
              const open = Text => pipe.open({ Id: crypto.randomUUID(), Text, Created: 1024 });
              for (const type of [0, 1, 2, 3, 4, 7, 255]) await open(`enc2.${toBase64Url(new Uint8Array(100).fill(type))}`);
              for (const text of ['enc2.', 'enc2.A', 'enc2.ABCDE', 'enc2.????']) await open(text);
              const none = pipe.kept.length;
              await open('a question to ChatGPT');
              return [none, pipe.kept.length];
            }
            """);
        Assert.Equal([0, 1], kept);
    }

    [Fact]
    public async Task A_message_of_a_pipe_can_show_256_as_missing_and_a_forged_one_costs_no_more()
    {
        var page = await OpenAsync("");
        var opened = await page.EvaluateAsync<bool[]>("""
            async () => {
              const { Ratchet, newPair } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'crypto/ratchet.js'));
              const [root, about, pair] = [new Uint8Array(32), new Uint8Array(1), await newPair()];
              const [ann, bob] = [await Ratchet.first(root, pair.publicBytes), Ratchet.second(root, pair)];
              const sealed = [];
              for (let i = 0; i < 515; i++) sealed.push(await ann.seal(about, about));
              const opened = [];
              for (const number of [257, 256, 0, 514, 513]) opened.push(await bob.open(sealed[number], about) !== null);
              return opened;
            }
            """);
        Assert.Equal([false, true, true, false, true], opened);
    }
}
