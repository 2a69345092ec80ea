namespace Malten.Browser.Tests;

/// <summary>What a server, or whatever stands before it, says on a connection of events neither stops the page nor makes it ask without end.</summary>
public sealed class EventStreamTests(Chromium chromium) : PageTest(chromium)
{
    // Each attempt gets the next of some answers, or the last one again, until so many were made. Nothing waits: the waits are noted.
    private const string Listening = """
        async ([script, answers, attempts, backOffMost]) => {
          const { EventStream } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'eventstream.js'));
          const [real, encoder, { fetch }] = [AbortSignal.timeout, new TextEncoder(), window];
          const seen = { waits: [], data: 0, lost: 0, isClosed: false, faults: 0 };
          window.reportError = () => seen.faults++;
          let made = 0;
          window.fetch = async (url, how) => {
            if (!String(url).endsWith('?tried')) return fetch(url, how);
            const answer = answers[Math.min(made++, answers.length - 1)];
            if (answer === null) throw new TypeError('Failed to fetch');
            if (answer === 'endless') {
              const chunk = encoder.encode('x'.repeat(2 ** 20));
              let sent = 0;
              return new Response(new ReadableStream({
                pull: source => (sent++ < 64 ? source.enqueue(chunk) : source.close()),
              }), { headers: { 'content-type': 'text/event-stream' } });
            }
            return new Response(answer, { headers: { 'content-type': 'text/event-stream' } });
          };
          return new Promise(resolve => {
            AbortSignal.timeout = milliseconds => {
              if (milliseconds === 5000) return real.call(AbortSignal, milliseconds); // whether something has come
              seen.waits.push(milliseconds);
              if (!(milliseconds >= 0 && milliseconds <= 2 ** 53)) resolve(seen); // the browser throws
              if (seen.waits.length < attempts) return real.call(AbortSignal, 0);
              source.close();
              resolve(seen);
              return real.call(AbortSignal, 0);
            };
            const source = new EventStream(() => new URL('events?tried', location), backOffMost ?? undefined);
            source.onData = () => seen.data++;
            source.onLost = () => {
              seen.lost++;
              seen.isClosed = source.isClosed;
              if (script === 'throws') throw new Error('a fault of whoever listens');
              if (source.isClosed) resolve(seen);
            };
          });
        }
        """;

    [Theory]
    [InlineData("-1", 2000)]
    [InlineData("1e30", 2000)]
    [InlineData("Infinity", 2000)]
    [InlineData("0x7fff", 2000)]
    [InlineData("1", 100)]
    [InlineData("0", 100)]
    [InlineData("1500", 1500)]
    [InlineData("99999999999999999999999999", 60_000)]
    public async Task Whatever_the_server_asks_for_the_next_attempt_is_neither_at_once_nor_never(string retry, int waits)
    {
        var seen = await ListenAsync("", [$"retry: {retry}\n\n"], 3);
        Assert.Equal([waits, waits, waits], seen.Waits);
    }

    [Fact]
    public async Task Whoever_listens_may_fail_and_it_tries_again()
    {
        var seen = await ListenAsync("throws", ["data: one\n\n"], 3);
        Assert.Equal((3, 3), (seen.Lost, seen.Faults));
        Assert.Equal([2000, 2000, 2000], seen.Waits);
    }

    [Theory]
    [InlineData(null, new[] { 2000, 2000, 4000, 8000, 16_000, 30_000, 30_000 })]
    [InlineData(8000, new[] { 2000, 2000, 4000, 8000, 8000, 8000, 8000 })] // where somebody has to be back before long
    public async Task Attempts_that_bring_nothing_come_ever_more_seldom(int? most, int[] waits)
    {
        var seen = await ListenAsync("", ["data: one\n\n", null], 7, most); // as where a proxy answers without permission for other origins
        Assert.Equal(waits, seen.Waits);
        seen = await ListenAsync("", ["data: one\n\n", "half a line"], 7, most);
        Assert.Equal(waits, seen.Waits);
    }

    [Fact]
    public async Task Once_a_line_has_come_the_next_attempt_is_soon()
    {
        var seen = await ListenAsync("", [null, null, null, ": nothing new\n", null], 6);
        Assert.Equal([2000, 2000, 4000, 2000, 2000, 4000], seen.Waits);
    }

    [Fact]
    public async Task A_server_that_asks_for_more_time_than_that_gets_it()
    {
        var seen = await ListenAsync("", ["retry: 20000\n\n", null], 3, 8000);
        Assert.Equal([20_000, 20_000, 20_000], seen.Waits);
    }

    [Fact]
    public async Task A_line_without_an_end_is_a_refusal()
    {
        var seen = await ListenAsync("", ["endless"], 1);
        Assert.True(seen.IsClosed);
        Assert.Empty(seen.Waits);
        Assert.Equal(0, seen.Data);
    }

    private async Task<Seen> ListenAsync(string script, string?[] answers, int attempts, int? backOffMost = null)
    {
        var page = await OpenAsync("");
        await ListensAsync(page);
        var seen = await page.EvaluateAsync<Seen>(Listening, new object?[] { script, answers, attempts, backOffMost })
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await page.CloseAsync();
        return seen;
    }

    private sealed class Seen
    {
        public int[] Waits { get; set; } = [];

        public int Data { get; set; }

        public int Lost { get; set; }

        public bool IsClosed { get; set; }

        public int Faults { get; set; }
    }
}
