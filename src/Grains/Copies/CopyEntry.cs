using Malten.Grains.Commands;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Grains.Copies;

/// <summary>What a silo knows of the copies of one stream; its lock guards it.</summary>
internal sealed class CopyEntry(string name)
{
    /// <summary>The stream's name.</summary>
    public string Name => name;

    /// <summary>The copy held, or null.</summary>
    public MessageStream? Stream { get; private set; }

    /// <summary>Who wrote it last.</summary>
    public CopyWriter? Writer { get; private set; }

    /// <summary>The turn of that writer at which it did.</summary>
    public long Turn { get; set; }

    /// <summary>The commands that are being answered.</summary>
    public CommandClaim[] Claims { get; set; } = [];

    /// <summary>Until when commands without a stream are held.</summary>
    public Deadline ClaimsUntil { get; private set; }

    /// <summary>Whether there is anything that an activation would go on with.</summary>
    public bool IsHeld => Stream is not null || Claims.Length > 0;

    /// <summary>A copy of which not all pieces have come yet, or null.</summary>
    public MessageStream? Arriving { get; private set; }

    /// <summary>Who sends it.</summary>
    public CopyWriter? Sender { get; private set; }

    /// <summary>The least epoch from which anything is taken.</summary>
    public long Fence { get; set; }

    /// <summary>When the fence has served its time.</summary>
    public Deadline FencedUntil { get; set; }

    /// <summary>Whether it is no longer in the table.</summary>
    public bool IsGone { get; set; }

    /// <summary>The copy with all its messages; null when none is held.</summary>
    public StreamCopy? Capture() => Stream?.Capture() is { } snapshot && Writer is { } writer
        ? new StreamCopy { Stream = snapshot, Writer = writer, Claims = Claims }
        : null;

    /// <summary>Takes the first piece of a copy.</summary>
    public void Arrive(StreamCopy first, MessageStream stream)
    {
        Abandon();
        (Arriving, Sender) = (stream, first.Writer);
        Share(first.Stream, piece => stream.Restore(piece));
    }

    /// <summary>Takes the next piece of it.</summary>
    public void ArriveMore(StreamCopy next) => Share(next.Stream, piece => Arriving!.Accept(piece.Messages, piece.TimeLeft));

    /// <summary>The last piece has come: what has arrived takes the place of what was held.</summary>
    public void TakeArrived(StreamCopy last)
    {
        Stream?.Dispose();
        (Stream, Writer, Turn, Claims) = (Arriving, last.Writer, last.Turn, last.Claims);
        (Arriving, Sender) = (null, null);
    }

    /// <summary>A whole copy takes the place of what was held.</summary>
    public void Take(StreamCopy whole, MessageStream stream)
    {
        Stream?.Dispose();
        (Stream, Writer, Turn, Claims) = (stream, whole.Writer, whole.Turn, whole.Claims);
        stream.Restore(whole.Stream);
    }

    /// <summary>
    /// What arrives takes the place of what is held, and mostly is the same: such messages are taken from what is held. Else a
    /// silo that is almost full would have no room for large streams while they move.
    /// </summary>
    private void Share(StreamSnapshot piece, Action<StreamSnapshot> take)
    {
        var messages = Stream is { } held && held.Begun == piece.Begun ? held.Feed.AsHeld(piece.Messages) : null;
        take(messages is null ? piece : piece with { Messages = messages });
        foreach (var message in messages ?? []) message.LetGo();
    }

    /// <summary>Holds the commands of a name that no stream uses.</summary>
    public void TakeClaims(CopyWriter writer, long turn, CommandClaim[] claims, Deadline until) =>
        (Writer, Turn, Claims, ClaimsUntil) = (writer, turn, claims, until);

    /// <summary>Lets go of what has arrived in part.</summary>
    public void Abandon()
    {
        Arriving?.Dispose();
        (Arriving, Sender) = (null, null);
    }

    /// <summary>Lets go of the copy.</summary>
    public void LetGo()
    {
        Stream?.Dispose();
        (Stream, Writer, Turn, Claims) = (null, null, 0, []);
    }
}
