using Malten.Client.Encryption;

namespace Malten.Client.Tests;

/// <summary>A test of rooms that leave no trace, with others in them who say what a test wants.</summary>
public abstract class TraceTests : ClientTests
{
    internal TraceLink Link { get; } = TraceLink.New("family matters");

    internal async Task<(TraceRoom Room, Listener Items)> JoinAsync(MaltenClient client, string? name = null)
    {
        var room = Use(client.Join(Link, name));
        var listener = Use(new Listener(room.ListenAsync));
        await listener.NextAsync<Opened>();
        return (room, listener);
    }

    internal async Task<TracePeer> ComeAsync(MaltenClient client, Enc2Author? author = null) => Use(await TracePeer.ComeAsync(client, Link, author));

    /// <summary>What somebody says by signals: to whom, as their requests have it.</summary>
    internal static string? AddresseeOf(HttpRequestMessage request, string body)
    {
        if (request.RequestUri!.AbsolutePath != "/signals") return null;
        return body.Split('&').FirstOrDefault(one => one.StartsWith("to=", StringComparison.Ordinal))?[3..] ?? "";
    }

    internal static bool IsPost(HttpRequestMessage request) => request is { Method.Method: "POST", RequestUri.AbsolutePath: "/messages" };
}
