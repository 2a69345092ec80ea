using System.Text.Json;

namespace Malten.Testing.Hostile.Attacks;

/// <summary>Attacks that have what listeners do done again and again.</summary>
internal static class Storming
{
    private static readonly TimeSpan Stay = TimeSpan.FromMilliseconds(100); // long enough to hear what is held

    public static readonly Attack[] All =
    [
        new("presence-storm", "64 listeners or more of one stream, which change their statuses", PresenceAsync),
        new("resume-storm", "listeners that resume from long ago, hear all that is held and come back", ResumeAsync, 300),
        new("come-and-go", "listeners that leave as soon as they have come", ComeAndGoAsync, 1000),
        new("commands", "commands of 1,024 emoji to the public stream in which the others talk", assault => assault.FloodAsync(_ =>
            Requests.Post("/commands", $"stream={OrdinaryStreams.Public}&prompt={Requests.Emoji}"))),
    ];

    private static Task PresenceAsync(Assault assault) => assault.EachAsync(assault.Few, async (connection, random) =>
    {
        await connection.SendAsync(Requests.Get($"/events?stream={OrdinaryStreams.Public}&user=u{random.Next(1_000_000)}"), assault.Stop);
        string? line;
        while ((line = await connection.ReadLineAsync(assault.Stop)) is not null && !line.StartsWith("data: ", StringComparison.Ordinal))
        {
        }

        if (line is null) return;
        using var open = JsonDocument.Parse(line["data: ".Length..]);
        var session = open.RootElement.GetProperty("Payload").GetProperty("Session").GetString();
        var hearing = connection.DrainAsync(assault.Stop);
        await Task.WhenAny(hearing, assault.FloodFromAsync(random, () =>
            Requests.Post("/presence", $"session={session}&status={(random.Next(2) == 0 ? "typing" : "online")}")));
    });

    private static Task ResumeAsync(Assault assault) => assault.EachAsync(assault.Few, async (connection, _) =>
    {
        using var stay = CancellationTokenSource.CreateLinkedTokenSource(assault.Stop);
        stay.CancelAfter(Stay);
        await connection.SendAsync(Requests.Get($"/events?stream={OrdinaryStreams.Public}&stream=_", "Last-Event-ID: 1024\r\n"), stay.Token);
        await connection.DrainAsync(stay.Token);
    });

    private static Task ComeAndGoAsync(Assault assault) => assault.EachAsync(assault.Few, async (connection, random) =>
    {
        await connection.SendAsync(Requests.Get($"/events?stream={Requests.RandomName(random)}&stream={OrdinaryStreams.Public}"), assault.Stop);
        if (random.Next(2) == 0) await connection.ReadHeadAsync(assault.Stop);
    });
}
