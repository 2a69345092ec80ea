namespace Malten.Testing.Hostile.Attacks;

/// <summary>Attacks that ask for much that does not exist, or that is dear to answer.</summary>
internal static class Asking
{
    private const int Pipelines = 100;
    private const int AtOnce = 10; // requests, which the node reads one after another

    public static readonly Attack[] All =
    [
        new("random-reads", "pages of random names", Flood(random => Requests.Get($"/messages?stream={Requests.RandomName(random)}"))),
        new("random-presence", "presence of random names", Flood(random => Requests.Get($"/presence?stream={Requests.RandomName(random)}"))),
        new("random-commands", "commands to random names", Flood(random =>
            Requests.Post("/commands", $"stream={Requests.RandomName(random)}&prompt=a"))),
        new("random-sessions", "statuses of sessions that do not exist", Flood(random =>
            Requests.Post("/presence", $"session={Requests.RandomName(random)}&status=away"))),
        new("random-seats", "reads of pipes with seats that are guessed", Flood(random =>
            Requests.Get($"/messages?stream={Requests.RandomName(random)}&seat={Requests.RandomName(random)}"))),
        new("random-paths", "paths that do not exist", Flood(random => Requests.Get($"/{Requests.RandomName(random)}/{random.Next()}?{random.Next()}"))),
        new("listings", "public lists with prefixes and limits at random", Flood(random =>
            Requests.Get($"/streams?limit={random.Next(1, 1025)}&prefix={(char)random.Next('a', 'z' + 1)}"))),
        new("page", "the web page and what belongs to it", Flood(random => Requests.Get(random.Next(3) switch
        {
            0 => "/",
            1 => "/malten.html",
            _ => "/openapi/v1.json",
        }))),
        new("probes", "100 connections that ask whether the node is ready, ten times at once, and do not wait for the answers",
            Pipeline(Requests.Get("/readyz")), 500),
        new("preflights", "the same with a browser's preflights", Pipeline(Requests.Preflight("/messages")), 500),
    ];

    private static Func<Assault, Task> Pipeline(byte[] request) => assault =>
        assault.PipelineAsync(Pipelines, [.. Enumerable.Repeat(request, AtOnce).SelectMany(one => one)]);

    private static Func<Assault, Task> Flood(Func<Random, byte[]> request) => assault => assault.FloodAsync(request);
}
