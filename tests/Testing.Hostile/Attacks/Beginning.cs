namespace Malten.Testing.Hostile.Attacks;

/// <summary>Attacks that begin streams, or fill them.</summary>
internal static class Beginning
{
    public static readonly Attack[] All =
    [
        new("day-long", "streams that live for a day, filled with texts of 6,144 characters", DayLongAsync, 1000),
        new("random-begins", "streams of random names, public ones", assault => assault.FloodAsync(random =>
            Requests.Post("/streams", $"stream={Requests.RandomName(random)}&ttl=86400"))),
        new("one-message", "a message to a random name each", assault => assault.FloodAsync(random =>
            Requests.Post("/messages", $"stream={Requests.RandomName(random)}&message=a"))),
        new("pipes", "pipes that nobody uses", assault => assault.FloodAsync(_ => Requests.Post("/pipes", "ttl=86400"))),
        new("wipe", "posts to the public stream in which the others talk", assault => assault.FloodAsync(_ =>
            Requests.Post("/messages", $"stream={OrdinaryStreams.Public}&message=wiped"))),
        new("same-ids", "posts that repeat each other's id, a thousand in turn", assault => assault.FloodAsync(random =>
            Requests.Post("/messages", $"stream=ids{random.Next(10)}&message=a&id={new Guid(random.Next(1000), 0, 0, new byte[8])}"))),
        new("new-ids", "posts with a new id each", assault => assault.FloodAsync(random =>
            Requests.Post("/messages", $"stream=ids{random.Next(100)}&message=a&id={NewId(random)}"))),
    ];

    private static Task DayLongAsync(Assault assault) => assault.FloodAsync(random =>
    {
        var stream = $"day{random.Next(1000)}";
        return random.Next(10) == 0
            ? Requests.Post("/streams", $"stream={stream}&ttl=86400")
            : Requests.Post("/messages", $"stream={stream}&message={Requests.Long}");
    });

    private static Guid NewId(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
