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
        stream.Restore(first.Stream);
    }

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
