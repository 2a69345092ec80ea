using System.Runtime.CompilerServices;
using Malten.Client;

namespace Malten.Cli.Chat;

/// <summary>A chat in an open stream, whose listeners see each other's names.</summary>
internal sealed class OpenConversation(MaltenClient client, string stream, string? user) : Conversation
{
    private string? _session;

    public override string Title => stream;

    public override bool IsDated => false;

    public override async IAsyncEnumerable<StreamItem> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new ListenOptions { After = Cursor.Beginning, User = user };
        await foreach (var item in client.ListenAsync(stream, options, cancellationToken))
        {
            if (item is Opened opened) _session = opened.Session;
            yield return item;
        }
    }

    public override async Task<StreamItem?> PostAsync(string text, Guid id, PostAgain? again, CancellationToken cancellationToken)
    {
        var options = new PostOptions { User = user, Id = id };
        await again.RepeatAsync(() => client.PostAsync(stream, text, options, cancellationToken), cancellationToken);
        return null;
    }

    public override async Task SetStatusAsync(PresenceStatus status, CancellationToken cancellationToken)
    {
        if (_session is not { } session || user is null) return;
        try
        {
            await client.SetStatusAsync(session, status, cancellationToken);
        }
        catch (MaltenException)
        {
            // the connection has changed meanwhile, and nobody misses what is said a moment later
        }
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
