using Malten.Client;

namespace Malten.Cli.Chat;

/// <summary>A chat in an encrypted stream. Servers see no names, so nobody is listed there.</summary>
internal sealed class EncryptedConversation(EncryptedRoom room) : Conversation
{
    public override string Title => room.Link.Label;

    public override IAsyncEnumerable<StreamItem> ListenAsync(CancellationToken cancellationToken) => room.ListenAsync(Cursor.Beginning, cancellationToken);

    public override async Task<StreamItem?> PostAsync(string text, Guid id, PostAgain? again, CancellationToken cancellationToken)
    {
        await room.PostAsync(text, id, again, cancellationToken);
        return null;
    }

    public override ValueTask DisposeAsync()
    {
        room.Dispose();
        return ValueTask.CompletedTask;
    }
}
