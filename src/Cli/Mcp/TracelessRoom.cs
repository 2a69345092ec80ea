using System.Globalization;
using System.Runtime.CompilerServices;
using Malten.Client;

namespace Malten.Cli.Mcp;

/// <summary>A stream that leaves no trace: what is said here lives with this process, and goes with it.</summary>
internal sealed class TracelessRoom(MaltenClient client, TraceLink link, string? name) : Room
{
    private const string Foreign = "Something that does not come from anybody who is there was left out.";
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private volatile TraceRoom? _room;
    private volatile int _timesJoined;

    public override string Title => link.Label;

    public override string Secrecy => "It is end-to-end encrypted and leaves no trace: no server holds what is said here. It lives with those who said it, is "
        + "handed to whoever comes, and goes everywhere when they leave, yours too. Names are chosen freely; 'key' is the beginning of the key with which a "
        + "message is signed, and tells authors apart.";

    public override int TimesJoined => _timesJoined;

    /// <summary>Whoever comes again is another author, and is handed again what those say who are still there.</summary>
    public override async IAsyncEnumerable<StreamItem> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_room is { } before)
        {
            await before.DisposeAsync();
            Journal.Remove(_ => true);
        }

        var room = _room = client.Join(link, name);
        _timesJoined++; // after it: whoever sees the new number waits for the new room
        await foreach (var item in room.ListenAsync(cancellationToken)) yield return item;
    }

    public override async Task<Heard> SayAsync(string text, CancellationToken cancellationToken)
    {
        var said = Heard.Of(await (_room ?? throw new InvalidOperationException("The room is not open yet.")).PostAsync(text, cancellationToken));
        Journal.Take(said);
        return said;
    }

    public override void Take(StreamItem item)
    {
        switch (item)
        {
            case EncryptedMessage message: Journal.Take(Heard.Of(message)); break;
            case FindingsChanged changed: Journal.Update(Heard.Of(changed.Message)); break;
            case AuthorLeft left:
                Remove(left.Author, left.Messages);
                if (left.Messages.Count > 0) Journal.Note(Words(left));
                break;
            case MessageDisplaced displaced: Remove(displaced.Author, [displaced.Message]); break;
            case HistoryIncomplete or HeldByServer: Journal.Note($"{item}"); break;
            case UnencryptedMessage or UnreadableMessage: Journal.Note(Foreign); break;
        }
    }

    /// <summary>No server holds anything; those who are there hand over what was said.</summary>
    public override Task<Timestamp?> FindNewestAsync(CancellationToken cancellationToken) => Task.FromResult<Timestamp?>(null);

    public override Task HandedOverAsync(CancellationToken cancellationToken) => _room?.HandedOverAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Servers see no names; who has written is known.</summary>
    public override async Task<WhoIsThere> LookAsync(CancellationToken cancellationToken) =>
        WhoIsThere.Of((await client.GetPresenceAsync(link.Stream, null, cancellationToken)).Observers, Journal.Authors());

    /// <summary>Says farewell, so that what was said here vanishes at once.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (_room is not { } room) return;
        using var patience = new CancellationTokenSource(Farewell);
        try
        {
            await room.LeaveAsync(patience.Token);
        }
        catch (Exception failed) when (failed is MaltenException or OperationCanceledException)
        {
            // the others see that nobody answers
        }

        await room.DisposeAsync();
    }

    /// <summary>A note is this program's word, so a name that a stranger chose has no place in it.</summary>
    private static string Words(AuthorLeft left)
    {
        var gone = left.Messages.Count == 1 ? "one message" : string.Create(CultureInfo.InvariantCulture, $"{left.Messages.Count} messages");
        return $"Somebody has left, and {gone} with them, which are not held here any more. Their key began with {Heard.KeyOf(left.Author)}.";
    }

    private void Remove(string author, IEnumerable<Guid> messages)
    {
        var gone = messages.ToHashSet();
        Journal.Remove(message => gone.Contains(message.Id) && message.Key == Heard.KeyOf(author));
    }
}
