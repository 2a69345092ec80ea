using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <content>Storing: a message gets its place in the order first, and is shown to readers once it is safe.</content>
public sealed partial class MessageStream
{
    private EvictedIds? _evictedIds; // created on demand: most streams never evict a message
    private int _staged;

    /// <summary>Stores a message: <see cref="TryStage"/>, then <see cref="Commit"/> unless the message is held already.</summary>
    public bool TryAppend(Draft draft, out Frame frame)
    {
        lock (Gate)
        {
            if (!TryStage(draft, out frame)) return false;
            Commit(frame);
            return true;
        }
    }

    /// <summary>
    /// Gives a message its place in the order, and begins an unlisted stream when none is in use. Readers do not see the
    /// message before <see cref="Commit"/>. Returns false when the stream already holds a message with the draft's id, or
    /// evicted it in the last 30 seconds; <paramref name="frame"/> is then that message, with the draft's own text where it
    /// was evicted. It is kept for the caller.
    /// </summary>
    /// <exception cref="StreamRefusedException">
    /// The seat is wrong, the node is full, or the stream that the draft names by <see cref="Draft.Begun"/> has ended.
    /// </exception>
    public bool TryStage(Draft draft, out Frame frame)
    {
        lock (Gate)
        {
            Authorize(draft.Address.Seat);
            if (IsClosed) throw Seats.Refused(); // it came for the pipe: a stream that begins here now would be nobody's
            if (!draft.Begun.IsNone && draft.Begun != Begun)
                throw new StreamRefusedException(Refusal.Ended, "The stream this was meant for has ended.");
            if (draft is { Id: { } id, IsNew: false } && FindFirst(draft, id) is { } first)
            {
                frame = first;
                return false;
            }

            var begins = Begun.IsNone;
            var author = _capacity.Shares.Enter(draft.Client);
            try
            {
                if (begins) BeginNow(new StreamSettings(Name, Name != StreamName.Default, TimeToLive.Default) { Client = draft.Client }, null);
                var created = Timestamp.After(_newest, _time);
                frame = Encode(draft, draft.Id ?? Guid.CreateVersion7(_time.GetUtcNow()), created) with { Author = author };
                Feed.Reserve(frame);
                _newest = created;
                _staged++;
            }
            catch (StreamRefusedException) when (!Begun.IsNone && begins)
            {
                End();
                throw;
            }
            finally
            {
                author.Leave();
            }

            Renew();
            return true;
        }
    }

    /// <summary>
    /// Shows a staged message to readers, unless the stream was disposed of meanwhile. Messages must be committed in the order
    /// in which they were staged.
    /// </summary>
    public void Commit(Frame staged)
    {
        lock (Gate)
        {
            _staged--;
            if (Begun.IsNone) Feed.Release(staged);
            else
            {
                Append(staged);
                Renew();
            }
        }
    }

    /// <summary>Gives up a staged message: it will not be committed.</summary>
    public void Abandon(Frame staged)
    {
        lock (Gate)
        {
            _staged--;
            Feed.Release(staged);
        }
    }

    /// <summary>The message with that id, kept for the caller; null when the stream does not hold it.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong.</exception>
    public Frame? Find(Guid id, string? seat)
    {
        lock (Gate)
        {
            Authorize(seat);
            return Feed.Find(id) is { IsGone: false } held ? held : null;
        }
    }

    /// <summary>The message that was stored when a draft was posted first; null for a first post.</summary>
    private Frame? FindFirst(Draft draft, Guid id) => Feed.Find(id) switch
    {
        { IsGone: true } gone => Encode(draft, id, gone.Timestamp),
        { } held => held,
        null => _evictedIds?.Find(id) is { } created ? Encode(draft, id, created) : null,
    };

    private Frame Encode(Draft draft, Guid id, Timestamp created) => FrameEncoder.Encode(
        new Message(id, "message", draft.Text.Value, created, Name.Value, draft.User?.Value, draft.ReplyTo)).Keep();

    private void Append(Frame message)
    {
        if (Feed.Append(message) is { } evicted)
            Remember(new EvictedMessage(evicted.Id, evicted.Timestamp), _beginner is not null && evicted.Author == _beginner);
    }

    private void Remember(EvictedMessage message, bool isOwn = false) =>
        (_evictedIds ??= new EvictedIds(_time, Gate, CountIds)).Add(message, isOwn);
}
