using System.Text.Json;

namespace Malten.Browser.Tests;

/// <summary>How a connection of events is asked for again, and from where.</summary>
public sealed class FeedTests(Chromium chromium) : PageTest(chromium)
{
    // A feed whose connections say what a test wants. Nothing waits: the waits between two connections are noted.
    private const string Feeding = """
        window.feeding = async (cursors, answer, listener) => {
          const { Feed } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'feed.js'));
          const [real, encoder, { fetch, setTimeout }] = [AbortSignal.timeout, new TextEncoder(), window];
          const waits = [];
          AbortSignal.timeout = milliseconds => real.call(AbortSignal, milliseconds === 5000 ? milliseconds : 0); // whether something has come
          Math.random = () => 0.25; // of 1000 milliseconds, 875
          window.setTimeout = (act, wait, ...more) => {
            const isBetween = [875, 1750, 3500, 7000].includes(wait);
            if (isBetween) waits.push(wait);
            return setTimeout(act, isBetween ? 0 : wait, ...more);
          };
          const created = Math.floor(Date.now() * 1e6 / 1024) * 1024;
          const open = `data: ${JSON.stringify({ Id: '', Type: 'event', Created: created, Payload: { Name: 'open', Session: 'any' } })}\n\n`;
          window.fetch = async (url, how) => {
            if (!String(url).includes('stream=tried')) return fetch(url, how);
            if (!String(url).includes('/events?')) return Response.json({ Observers: 0, Users: [] });
            const pull = answer();
            return new Response(new ReadableStream({
              start: source => source.enqueue(encoder.encode(open)),
              pull: source => pull({ say: text => source.enqueue(encoder.encode(text)), close: () => source.close() }),
            }), { headers: { 'content-type': 'text/event-stream' } });
          };
          const heard = { message: () => {}, event: () => {}, state: () => {}, ...listener };
          return { feed: new Feed(new Map(cursors), {}, heard), waits };
        };
        """;

    [Theory]
    [InlineData("endless endless endless endless", new[] { 875, 1750, 3500, 7000 })]
    [InlineData("lasting lasting lasting", new[] { 875, 875, 875 })]
    [InlineData("endless endless lost endless", new[] { 875, 1750, 875 })]
    [InlineData("endless endless renamed endless", new[] { 875, 1750, 875 })]
    public async Task A_server_that_opens_and_then_says_what_has_no_end_is_asked_ever_more_seldom(string answers, int[] waits)
    {
        var page = await StartAsync();
        var seen = await page.EvaluateAsync<int[]>("""
            async ([answers, most]) => {
              let [made, ahead] = [0, 0];
              const begun = Date.now();
              Date.now = () => begun + ahead; // it goes on only where a connection lasts
              const line = 'x'.repeat(2 ** 20);
              const { feed, waits } = await feeding([['tried', 0]], () => {
                const kind = answers[made++];
                return { lost: ({ close }) => close(), renamed: () => {} }[kind] ?? (({ say }) => say(line));
              }, {
                state: state => {
                  if (state !== 'open') return;
                  const kind = answers[made - 1];
                  if (['lasting', 'renamed'].includes(kind)) ahead += 10_000;
                  if (kind === 'renamed') feed.rename('another');
                },
              });
              while (waits.length < most) await new Promise(requestAnimationFrame);
              feed.close();
              return waits.slice(0, most);
            }
            """, new object[] { answers.Split(' '), waits.Length }).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(waits, seen);
    }

    [Theory]
    [InlineData("gap", "10240,30720", 0, 30_720)] // it is of the other stream: where this one is was said before the gap
    [InlineData("11264,20480 gap", "11264,30720", 0, 30_720)]
    [InlineData("gap", "5120,20480", 5120, 20_480)] // it is of this stream
    [InlineData("", "11264,20480", 11_264, 20_480)]
    public async Task What_cant_be_read_moves_no_other_stream_on(string before, string id, long here, long elsewhere)
    {
        var page = await StartAsync();
        var lines = new System.Text.StringBuilder();
        foreach (var step in before.Split(' ', StringSplitOptions.RemoveEmptyEntries)) lines.Append(step == "gap" ? Gap() : Message(step));
        lines.Append(System.Globalization.CultureInfo.InvariantCulture, $"id: {id}\ndata: what can't be read\n\n");
        var cursors = await page.EvaluateAsync<long[]>("""
            lines => new Promise(async resolve => {
              let isSaid = false;
              const { feed } = await feeding([['tried', 10_240], ['other', 20_480]], () => ({ say }) => {
                if (!isSaid) say(lines);
                isSaid = true;
              }, {
                message: message => {
                  if (message) return;
                  const { cursors } = feed;
                  feed.close();
                  resolve([cursors.get('tried'), cursors.get('other')]);
                },
              });
            })
            """, lines.ToString()).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal([here, elsewhere], cursors);
    }

    private static string Gap() => Line(new { Id = "", Type = "event", Created = 1024, Payload = new { Name = "gap", Stream = "tried" } });

    private static string Message(string id)
    {
        var created = long.Parse(id.Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);
        var message = new { Id = Guid.NewGuid(), Text = "any", Created = created, Stream = "tried" };
        return $"id: {id}\n{Line(new { message.Id, Type = "message", Created = created, Payload = message })}";
    }

    private static string Line(object data) => $"data: {JsonSerializer.Serialize(data)}\n\n";

    private async Task<IPage> StartAsync()
    {
        var page = await OpenAsync("", script: Feeding);
        await ListensAsync(page);
        return page;
    }
}
