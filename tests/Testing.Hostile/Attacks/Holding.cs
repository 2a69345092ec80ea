using System.Text;

namespace Malten.Testing.Hostile.Attacks;

/// <summary>Attacks that open connections and keep them.</summary>
internal static class Holding
{
    private const string Page = "fullpage";
    private const int Listeners = 2000;
    private const int MostListeners = 12_000; // a process may often open no more than 20,000 files
    private const int FatListeners = 11_000; // as many as have room by default
    private const int ListenersOfClient = 1000;
    private const int ManyReaders = 6000;
    private const int HalfOpen = 8000;
    private const int ThenIdle = 8500;
    private static readonly TimeSpan Filled = TimeSpan.FromSeconds(4); // after which as many listen as may
    private static readonly TimeSpan Drip = TimeSpan.FromSeconds(1);

    public static readonly Attack[] All =
    [
        new("wide-listeners", "150 connections hear 32 names each; commands of 1,024 emoji to those names", WideAsync, 300),
        new("idle-readers", "250 readers of a full page of emoji (12 MB) that read nothing", assault => IdleReadersAsync(assault, 250), 250),
        new("many-idle-readers", "6,000 of them", assault => IdleReadersAsync(assault, ManyReaders), 1000),
        new("page-readers", "full pages of emoji (12 MB), read as fast as they come", PageReadersAsync, 20),
        new("fill-listeners", "2,000 listeners from each address, 12,000 at most", FillAsync, 4000),
        new("fat-listeners", "1,000 listeners from each address, 11,000 at most, whose requests have 21 KB", FatListenersAsync, 4000),
        new("listeners-then-idle", "1,000 listeners from each address, 11,000 at most; then 8,500 connections more that send nothing",
            ThenIdleAsync, 4000),
        new("half-open", "8,000 connections that send nothing", HalfOpenAsync, 4000),
        new("slow-headers", "2,000 connections that send headers of 16 KB by drips", SlowHeadersAsync, 1000),
        new("slow-bodies", "2,000 connections that send a body of 60 KB by drips", SlowBodiesAsync, 1000),
        new("talking-listeners", "1,000 listeners that send a megabyte that nobody reads", TalkingListenersAsync, 500),
    ];

    private static async Task WideAsync(Assault assault)
    {
        var listening = assault.EachAsync(150, async (connection, random) =>
        {
            var first = random.Next(1000) * 32;
            await connection.SendAsync(Requests.Get("/events?" + string.Join('&', Enumerable.Range(first, 32).Select(Name))), assault.Stop);
            await connection.DrainAsync(assault.Stop);
        });
        await Task.WhenAll(listening, assault.FloodAsync(random =>
            Requests.Post("/commands", $"{Name(random.Next(32_000))}&prompt={Requests.Emoji}")));

        static string Name(int number) => $"stream=wide{number}";
    }

    private static async Task IdleReadersAsync(Assault assault, int readers)
    {
        await FillPageAsync(assault);
        await assault.EachAsync(readers, async (connection, _) =>
        {
            await connection.SendAsync(Requests.Get($"/messages?stream={Page}&limit=1024"), assault.Stop);
            await assault.UntilStoppedAsync();
        }, receiveBuffer: 4096);
    }

    private static async Task PageReadersAsync(Assault assault)
    {
        await FillPageAsync(assault);
        await assault.FloodAsync(_ => Requests.Get($"/messages?stream={Page}&limit=1024"));
    }

    private static Task FillAsync(Assault assault) =>
        assault.EachAsync(Math.Min(Listeners * assault.From.Count, MostListeners), async (connection, random) =>
        {
            await connection.SendAsync(Requests.Get($"/events?stream=fill{random.Next(100)}"), assault.Stop);
            await connection.DrainAsync(assault.Stop);
        });

    private static Task FatListenersAsync(Assault assault)
    {
        var (padding, headers) = (new string('x', 7000), string.Concat(Enumerable.Range(0, 2).Select(Header)));
        return assault.EachAsync(Math.Min(ListenersOfClient * assault.From.Count, FatListeners), async (connection, random) =>
        {
            await connection.SendAsync(Requests.Get($"/events?stream=fat{random.Next(100)}&x={padding}", headers), assault.Stop);
            await connection.DrainAsync(assault.Stop);
        });
    }

    private static async Task ThenIdleAsync(Assault assault)
    {
        var listening = assault.EachAsync(Math.Min(ListenersOfClient * assault.From.Count, FatListeners), async (connection, random) =>
        {
            await connection.SendAsync(Requests.Get($"/events?stream=then{random.Next(100)}"), assault.Stop);
            await connection.DrainAsync(assault.Stop);
        });
        await Task.WhenAny(listening, Task.Delay(Filled)); // ends at once when the attack does
        await Task.WhenAll(listening, assault.EachAsync(ThenIdle, (connection, _) => connection.DrainAsync(assault.Stop)));
    }

    private static Task HalfOpenAsync(Assault assault) =>
        assault.EachAsync(HalfOpen, (connection, _) => connection.DrainAsync(assault.Stop));

    private static Task SlowHeadersAsync(Assault assault) =>
        DripAsync(assault, "GET /messages HTTP/1.1\r\nHost: localhost\r\n" + string.Concat(Enumerable.Range(0, 2).Select(Header)), "X");

    private static Task SlowBodiesAsync(Assault assault) => DripAsync(assault,
        "POST /messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 61000\r\n\r\n{" + new string(' ', 60_000),
        new string(' ', 240));

    private static Task TalkingListenersAsync(Assault assault)
    {
        var unread = Encoding.ASCII.GetBytes(new string('x', 1024 * 1024));
        return assault.EachAsync(1000, async (connection, random) =>
        {
            await connection.SendAsync(Requests.Get($"/events?stream=talk{random.Next(100)}"), assault.Stop);
            await Task.WhenAll(connection.SendAsync(unread, assault.Stop), connection.DrainAsync(assault.Stop));
        });
    }

    private static string Header(int number) => $"X-{number}: {new string('x', 7000)}\r\n";

    private static Task DripAsync(Assault assault, string first, string drip) => assault.EachAsync(2000, async (connection, _) =>
    {
        await connection.SendAsync(first, assault.Stop);
        var answered = connection.DrainAsync(assault.Stop);
        while (!answered.IsCompleted)
        {
            await connection.SendAsync(drip, assault.Stop);
            await Task.WhenAny(answered, Task.Delay(Drip, assault.Stop));
        }
    });

    /// <summary>Fills a stream from several addresses, since one may not post so much to one stream at once.</summary>
    private static Task FillPageAsync(Assault assault) => Parallel.ForAsync(0, 1024, new ParallelOptions { MaxDegreeOfParallelism = 4 },
        async (number, _) => await assault.PrepareAsync(number % 8, Requests.Post("/messages", $"stream={Page}&message={Requests.Emoji}")));
}
