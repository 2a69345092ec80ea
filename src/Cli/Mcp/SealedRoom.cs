using System.Runtime.CompilerServices;
using Malten.Client;

namespace Malten.Cli.Mcp;

/// <summary>An encrypted stream. It is joined as soon as a node answers, and stays one author from then on.</summary>
internal sealed class SealedRoom(MaltenClient client, EncryptedLink link, string? name) : Room
{
    private const string NotEncrypted = "Something that is not encrypted was left out: anybody, and the server, can have written it.";
    private const string NotReadable = "Something that can't be opened with this link's key, or is not signed by its author, was left out.";

    private readonly SemaphoreSlim _joining = new(1, 1);
    private EncryptedRoom? _room;
    private bool _isListenedTo;

    public override string Title => link.Label;

    public override string Secrecy => "It is end-to-end encrypted: only those who have its link read and write here; the server can't. Names are "
        + "chosen freely; 'key' is the beginning of the key with which a message is signed, and tells authors apart.";

    public override async IAsyncEnumerable<StreamItem> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var room = await JoinAsync(cancellationToken);
        await foreach (var item in room.ListenAsync(_isListenedTo ? null : Cursor.Beginning, cancellationToken))
        {
            _isListenedTo |= item is not Disconnected;
            yield return item;
        }
    }

    public override async Task<Heard> SayAsync(string text, CancellationToken cancellationToken)
    {
        var room = await JoinAsync(cancellationToken);
        return Heard.Of(await room.PostAsync(text, null, cancellationToken));
    }

    public override void Take(StreamItem item)
    {
        switch (item)
        {
            case EncryptedMessage message: Journal.Take(Heard.Of(message)); break;
            case FindingsChanged changed: Journal.Update(Heard.Of(changed.Message)); break;
            case UnencryptedMessage open: Journal.Note(NotEncrypted, open.Message.Created); break;
            case UnreadableMessage unreadable: Journal.Note(NotReadable, unreadable.Created); break;
        }
    }

    public override Task<Timestamp?> FindNewestAsync(CancellationToken cancellationToken) => FindNewestAsync(client, link.Stream, cancellationToken);

    /// <summary>Servers see no names; who has written is known.</summary>
    public override async Task<WhoIsThere> LookAsync(CancellationToken cancellationToken)
    {
        var room = await JoinAsync(cancellationToken);
        return WhoIsThere.Of(await room.CountListenersAsync(cancellationToken), Journal.Authors());
    }

    public override ValueTask DisposeAsync()
    {
        _room?.Dispose();
        _joining.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<EncryptedRoom> JoinAsync(CancellationToken cancellationToken)
    {
        await _joining.WaitAsync(cancellationToken);
        try
        {
            return _room ??= await client.JoinAsync(link, name, cancellationToken);
        }
        finally
        {
            _joining.Release();
        }
    }
}
