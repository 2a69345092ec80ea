using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>
/// Many who come at once, and many who are one: what they make a page do is bounded, and nobody goes without for it.
/// </summary>
public sealed class TraceCrowdTests(Chromium chromium) : TraceTest(chromium)
{
    private const int Messages = 60;

    [Fact]
    public async Task A_crowd_that_comes_at_once_is_handed_everything_in_turns()
    {
        var (room, link) = await BeginRoomAsync();
        var ann = await OpenAsync(link);
        await ListensAsync(ann);
        await SayAllAsync(ann);
        await GatherAsync(ann, 40);
        var crowd = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => TracePeer.ComeAsync(Node, room, $"peer {i}")));
        await Task.WhenAll(crowd.Select(peer => peer.SignalAsync(TraceRoom.SayHello())));
        await UntilAsync(() => crowd.All(peer => Handed(peer) == Messages), "everything, for everybody", seconds: 60);
        var order = Signals().Where(to => crowd.Any(peer => peer.Listener == to)).ToList();
        // Nobody had a third frame before each had the first, but for those that were on their way together.
        var third = Enumerable.Range(0, order.Count).First(i => order.Take(i).Count(to => to == order[i]) == 2);
        Assert.InRange(order.Take(third).Distinct().Count(), crowd.Length - 4, crowd.Length);
        foreach (var peer in crowd) await peer.DisposeAsync();
    }

    [Fact]
    public async Task However_many_ask_a_page_says_no_more_than_its_pace_and_whoever_waits_is_served_later()
    {
        var (_, link) = await BeginRoomAsync();
        var page = await OpenAsync(link);
        var said = await page.EvaluateAsync<int[]>("""
            async () => {
              const { Handing } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'trace/handing.js'));
              let [at, count] = [performance.now(), 0];
              performance.now = () => at;
              const handing = new Handing(async () => {
                count++;
                return 0;
              });
              for (let i = 0; i < 100; i++) handing.add(`listener ${i}`, null, Array.from({ length: 20 }, () => [3]).values());
              const rest = () => new Promise(resolve => setTimeout(resolve)); // what may be said now is, before any timer
              await rest();
              const saved = count;
              at += 3100;
              handing.add('one more', [2], [].values());
              await rest();
              return [saved, count];
            }
            """);
        Assert.Equal([1024, 1125], said); // of 2,000: what was saved up, and what three seconds more allow; and a word that does not wait
    }

    [Fact]
    public async Task Hundreds_of_connections_that_ask_again_and_again_get_few_answers_and_whoever_comes_is_served_at_once()
    {
        var page = await OpenBlankAsync();
        await InstallClockAsync(page);
        await page.GotoAsync($"{Node.Address}/#any");
        await ListensAsync(page);
        await PauseAsync(page);
        await page.EvaluateAsync("""
            async () => {
              const { Answers } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'trace/answers.js'));
              window.crowd = { signed: 0, said: 0, served: 0, came: 0 };
              const { crowd } = window;
              const history = { of: () => [{ id: crypto.randomUUID(), created: 1024, number: 0, signed: new Uint8Array(200) }] };
              const answers = new Answers(history, {
                author: () => ({ id: 'A'.repeat(86) }),
                here: async () => {
                  crowd.signed++;
                  return new Uint8Array([2]);
                },
                attempt: async (frame, to) => {
                  crowd.said += frame[0] === 2;
                  if (to === 'honest' && frame[0] === 3) crowd.served = performance.now() - crowd.came;
                  return 0;
                },
              });
              let turn = 0;
              setInterval(() => answers.hear(`liar ${turn++ % 420}`, new Map()), 7); // each of them every three seconds
              window.come = () => {
                crowd.came = performance.now();
                answers.hear('honest', new Map());
              };
            }
            """);
        await page.Clock.RunForAsync(58_000);
        await page.EvaluateAsync("come()");
        await page.Clock.RunForAsync(2_000);
        var (signed, said, served) = (await ReadAsync("signed"), await ReadAsync("said"), await ReadAsync("served"));
        Assert.InRange(signed, 100, 280); // 32 at once, and four a second
        Assert.InRange(said, signed, 280 + (3 * 32)); // each to all, or to at most four
        Assert.InRange(served, 1, 1500);

        async Task<double> ReadAsync(string what) => await page.EvaluateAsync<double>($"crowd.{what}");
    }

    [Fact]
    public async Task Whoever_writes_under_ever_new_keys_does_not_make_a_page_ask_without_end()
    {
        var (room, link) = await BeginRoomAsync();
        var ann = await OpenWithClockAsync(link);
        await ListensAsync(ann);
        await using var honest = await TracePeer.ComeAsync(Node, room, "honest");
        await PauseAsync(ann);
        for (var i = 0; i < 60; i++)
        {
            await using var key = new Writer(room);
            await Node.PostAsync(room.Stream.Stream, key.Text($"key {i}"), id: key.Id);
            await RunUntilAsync(ann, async () => (await Texts(ann).AllTextContentsAsync()) is [.., var last] && last == $"key {i}", $"key {i}");
            await ann.Clock.RunForAsync(3_000);
        }

        var hellos = honest.Heard.Count(heard => heard.Frame[0] == TraceRoom.Hello);
        Assert.InRange(hellos, 10, 31); // ten at once, and one each ten seconds of three minutes
        await ann.Clock.ResumeAsync();
        await honest.SayAsync("still heard");
        await Expect(Texts(ann).Last).ToHaveTextAsync("still heard");
    }

    [Fact]
    public async Task Many_listeners_who_send_rubbish_together_are_not_looked_at_for_ever_and_others_are()
    {
        var (_, link) = await BeginRoomAsync();
        var page = await OpenAsync(link);
        var heard = await page.EvaluateAsync<int[]>("""
            async () => {
              const { Budget } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'trace/budget.js'));
              const at = performance.now();
              performance.now = () => at; // however long this takes
              const budget = new Budget();
              let paid = 0;
              for (let round = 0; round < 100; round++) for (let i = 0; i < 300; i++) {
                if (!budget.admits(`liar ${i}`)) continue;
                paid++;
                budget.waste(`liar ${i}`, 64);
              }
              let honest = 0;
              for (; budget.admits('honest'); honest++) budget.spend('honest', 1);
              for (let i = 0; i < 30; i++) for (let j = 0; j < 2048; j++) if (budget.admits(`busy ${i}`)) budget.spend(`busy ${i}`, 1);
              let late = 0;
              for (; budget.admits('late'); late++) budget.spend('late', 1);
              return [paid, honest, late];
            }
            """);
        Assert.InRange(heard[0], 100, 730); // of 30,000: 8,192 / 64, and what each may nonetheless
        Assert.Equal(2048, heard[1]); // whoever sends no rubbish is not held to what others do
        Assert.InRange(heard[2], 500, 2048); // nor is one who comes when many have much to hand over left without a share
    }

    /// <summary>Has a page hand nothing over until it has heard of so many: a slow page hears the last of them when it has served the first.</summary>
    private static async Task GatherAsync(IPage page, int count) => await page.EvaluateAsync("""
        async count => {
          const { Handing } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'trace/handing.js'));
          const [{ add }, asked] = [Handing.prototype, new Map()];
          Handing.prototype.add = function (to, ...rest) {
            asked.set(to, rest);
            if (asked.size < count) return;
            Handing.prototype.add = add;
            for (const [to, rest] of asked) this.add(to, ...rest);
          };
        }
        """, count);

    private static async Task SayAllAsync(IPage page)
    {
        for (var i = 0; i < Messages; i++) await SayAsync(page, $"{i}");
    }

    private static int Handed(TracePeer peer) => peer.Heard.Where(heard => heard.Frame[0] == TraceRoom.Messages).Sum(heard => heard.Frame[1]);

    /// <summary>For whom browsers have sent signals, in order.</summary>
    private IEnumerable<string> Signals() => Node.Received
        .Where(request => request.StartsWith("POST /signals", StringComparison.Ordinal) && request.Contains("Mozilla", StringComparison.Ordinal))
        .Select(request => request[(request.LastIndexOf("\"to\":\"", StringComparison.Ordinal) + 6)..].Split('"')[0]);

    /// <summary>Somebody who writes one message.</summary>
    private sealed class Writer(TraceRoom room) : IAsyncDisposable
    {
        private readonly Enc2Author _author = new(room.Stream, "");

        public string Id { get; } = Guid.NewGuid().ToString();

        public string Text(string text) => _author.WriteUnder(Id, text, DateTimeOffset.UtcNow).Message;

        public ValueTask DisposeAsync()
        {
            _author.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
