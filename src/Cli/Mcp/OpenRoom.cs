using Malten.Client;

namespace Malten.Cli.Mcp;

/// <summary>An open stream, whose listeners see each other's names.</summary>
internal sealed class OpenRoom(MaltenClient client, string stream, string? name) : Room
{
    public override string Title => stream;

    public override string Secrecy =>
        "It is open: anyone who knows its name may read it and write to it under any name, and whoever runs the server can read it.";

    public override IAsyncEnumerable<StreamItem> ListenAsync(CancellationToken cancellationToken) =>
        client.ListenAsync(stream, new ListenOptions { After = new Cursor(Journal.HeardUpTo), User = name }, cancellationToken);

    public override async Task<Heard> SayAsync(string text, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        Journal.Own(id); // before it can be heard
        return Heard.Of(await client.PostAsync(stream, text, new PostOptions { Id = id, User = name }, cancellationToken), isOwn: true);
    }

    public override void Take(StreamItem item)
    {
        if (item is Message message) Journal.Take(Heard.Of(message, Journal.IsOwn(message.Id)));
    }

    public override Task<Timestamp?> FindNewestAsync(CancellationToken cancellationToken) => FindNewestAsync(client, stream, cancellationToken);

    public override async Task<WhoIsThere> LookAsync(CancellationToken cancellationToken) =>
        WhoIsThere.Of(await client.GetPresenceAsync(stream, cancellationToken: cancellationToken));

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
