using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// One who takes part in a stream that leaves no trace: what they have, who else is there, and what has to be told of it. Not safe for
/// several threads.
/// </summary>
[UnsupportedOSPlatform("browser")]
internal sealed class TraceParticipant
{
    private const Findings NotCompared = Findings.Unseen | Findings.Withheld | Findings.Faded; // what has gone with its author says nothing about a server
    private const int MostHeard = 4096; // keys of messages that came when they were said

    private readonly string _stream;
    private readonly Enc2 _format;
    private readonly TraceFrames _frames;
    private readonly Enc2Author _author;
    private readonly TraceMembers _members;
    private readonly TraceHistory _history;
    private readonly TraceExchange _exchange;
    private readonly HashSet<string> _heard = [];
    private readonly Queue<string> _heardFirst = [];
    private int _connections;
    private bool _isOver;
    private (Guid Id, string Text, string Message, byte[] Signed)? _unsettled; // what was sealed last, as long as nobody knows whether it was sent

    public TraceParticipant(Enc2Keys keys, Enc2 format, Enc2Author author, TraceFrames frames, TraceVoice voice, TimeProvider time)
    {
        (_stream, _format, _frames, _author, Life) = (keys.Stream, format, frames, author, new TraceLife(time));
        _members = new TraceMembers(time);
        _history = new TraceHistory(author.Id, _members.HasSpoken);
        _exchange = new TraceExchange(frames, _history, _members, voice, author, time);
    }

    public TraceLife Life { get; }

    /// <summary>Which connection is open, counted from 1; 0 for none.</summary>
    public int Connection { get; private set; }

    /// <summary>Whether this author has written.</summary>
    public bool HasSpoken => _exchange.Speaks;

    /// <summary>How many authors have said that they have what has not come yet.</summary>
    public int Lacking => _exchange.Lack.Count;

    /// <summary>Whether those who are there may still hand over something, as far as is known.</summary>
    public bool IsFetching => _exchange.IsFetching;

    /// <summary>What the author, who is about to write, has read.</summary>
    private IReadOnlyList<string> Heads => History.Heads(_history.All.Select(one => one.Compared).OrderBy(one => one.Created), _author.Id);

    /// <summary>When to <see cref="Look"/> at the latest; null for not before something comes.</summary>
    public TimeSpan? NextIn => new[] { _exchange.NextIn, _members.NextIn }.Min();

    /// <summary>From now on this author writes, so others are to know of them.</summary>
    /// <returns>Ends when they do, as far as they can be told.</returns>
    public Task Speak()
    {
        if (!_exchange.Speaks)
        {
            _exchange.Speaks = true;
            _exchange.Introduce();
        }

        return _exchange.Introduced;
    }

    /// <summary>What this author has said under an id, as far as it is known to have been sent; null for nothing.</summary>
    public EncryptedMessage? FindSaid(Guid id) =>
        _history.Find(TraceEntry.KeyOf(id, _author.Id)) is { } said ? said.Told ?? ToShown(said, Findings.None) : null;

    /// <summary>
    /// Seals what this author writes next. What was sealed before and has not been sent, as far as is known, is given up; where it is the
    /// same text under the same id, it is not sealed again.
    /// </summary>
    public string Seal(Guid id, DateTimeOffset at, string text)
    {
        if (_unsettled is { } last)
        {
            if ((last.Id, last.Text) == (id, text)) return last.Message;
            _author.GiveUp();
        }

        var message = _author.Seal(id, at, text, Heads);
        _unsettled = (id, text, message, _author.Signed);
        return message;
    }

    /// <summary>Keeps what this author has written, to hand it over.</summary>
    /// <returns>What the caller is told of it, and of a message that had to go.</returns>
    public (EncryptedMessage Kept, MessageDisplaced? Displaced) Keep(Message stored)
    {
        Life.Live(stored.Created);
        // It may have come back before the answer did.
        if (FindSaid(stored.Id) is { } told) return (told, null);
        if (Settle(stored.Id) is not { } signed) throw new InvalidOperationException("This was not sealed last.");
        var (content, hash, _) = _format.Read(stored.Id, signed);
        var entry = new TraceEntry(stored.Id, stored.Created, content!, hash) { Signed = signed };
        var displaced = _history.Add(entry);
        return (ToShown(entry, Findings.None), displaced?.Told is null ? null : new MessageDisplaced(displaced.Author, displaced.Id));
    }

    /// <summary>A connection is open. True where the node has forgotten the stream, and it has to be begun again.</summary>
    /// <param name="read">When that was read.</param>
    public bool Open(Opened opened, DateTimeOffset read, List<StreamItem> items)
    {
        if (_isOver) return false;
        var life = opened.Lives.FirstOrDefault(one => one.Stream == _stream);
        var ended = Life.Ends;
        if (!Life.Open(life, opened.At, read)) items.Add(new HeldByServer(_stream, null));
        Connection = ++_connections;
        _exchange.Open(opened.Session, opened.Listener ?? "");
        if (life is not null || !_history.All.Any()) return false;
        if (ended > Life.Now) return true;
        items.AddRange(End(new Expired(_stream))); // while nobody was connected here
        return false;
    }

    /// <summary>The connection is lost, or not wanted any more.</summary>
    public void Close(bool inGoodOrder)
    {
        if (inGoodOrder) Life.Close();
        else Life.HangUp();
        Connection = 0;
        _exchange.Close();
    }

    /// <summary>Something was missed, and what was heard of the stream's life may not be so any more.</summary>
    public Action Miss()
    {
        _exchange.Recover();
        return Life.Doubt();
    }

    /// <summary>What the caller is told of an item that a node sent.</summary>
    public IReadOnlyList<StreamItem> Take(StreamItem item)
    {
        switch (item)
        {
            case Message message:
                return Take(message);
            case Signal signal:
                return Accept(_exchange.Hear(signal, OpenHanded));
            case ListenerLeft left:
                _members.Leave(left.Listener);
                _exchange.Left(left.Listener);
                return [];
            case Expired expired:
                return End(expired);
            default:
                return [item];
        }
    }

    /// <summary>Does what is due.</summary>
    public IReadOnlyList<StreamItem> Look()
    {
        var items = new List<StreamItem>();
        foreach (var author in _members.Gone()) items.AddRange(Part(author));
        if (_exchange.Look()) items.Add(new HistoryIncomplete(_stream));
        return items;
    }

    /// <summary>For so long nobody's time ran out: what came meanwhile could not be heard.</summary>
    public void Rest(TimeSpan time) => _members.Rest(time);

    /// <summary>Takes part no more, signs nothing more, and forgets all that was said.</summary>
    public void Forget()
    {
        _isOver = true;
        Close(inGoodOrder: true);
        DropAll();
    }

    private void DropAll()
    {
        _history.Drop();
        _heard.Clear();
        _heardFirst.Clear();
    }

    private List<StreamItem> Take(Message message)
    {
        if (!message.Text.StartsWith(Bytes.Prefix, StringComparison.Ordinal)) return [new UnencryptedMessage(message)];
        var (content, hash, fault) = _format.Open(message.Id, message.Text);
        Life.Live(message.Created);
        if (content is null)
        {
            if (_frames.OpenFarewell(message.Text) is not { } parted)
                return [new UnreadableMessage(message.Id, message.Created, fault == SealFault.Signed ? MessageFault.NotSigned : MessageFault.NotSealed)];
            _members.Part(parted);
            return Part(parted);
        }

        if (_members.HasParted(content.Author)) return [];
        var entry = new TraceEntry(message.Id, message.Created, content, hash)
        {
            Signed = content.Author == _author.Id ? Settle(message.Id) : null,
        };
        NoteHeard(entry.Key);
        if (_history.Find(entry.Key) is { } known) return known.Told is null ? Review([known]) : [];
        return Hold([entry]);
    }

    /// <summary>This author's message was sent. Null for one that was given up: then the next has said so.</summary>
    private byte[]? Settle(Guid id)
    {
        if (_unsettled is not { } last || last.Id != id) return null;
        _unsettled = null;
        return last.Signed;
    }

    private TraceEntry? OpenHanded(HandedMessage handed)
    {
        var created = new Timestamp(handed.Created);
        if (!Life.IsDate(created) || _format.Read(handed.Id, handed.Signed) is not { Content: { } content } opened) return null;
        var entry = new TraceEntry(handed.Id, created, content, opened.Hash) { IsHandedOver = true };
        return Life.WasHeard(created) && !_heard.Contains(entry.Key)
            ? new TraceEntry(handed.Id, created, content, opened.Hash) { IsHandedOver = true, Findings = Findings.Afterwards }
            : entry;
    }

    private List<StreamItem> Accept(IReadOnlyList<TraceEntry> handed) =>
        Hold([.. handed.Where(entry => !_members.HasParted(entry.Author) && entry.Content.Number > _history.Floor(entry.Author))]);

    private List<StreamItem> Hold(IReadOnlyList<TraceEntry> entries)
    {
        var items = new List<StreamItem>();
        foreach (var entry in entries)
        {
            if (_history.Find(entry.Key) is not null) continue; // twice in one frame
            var before = _history.Complete(entry.Author, null);
            if (_history.Add(entry) is { } displaced && displaced.Told is not null) items.Add(new MessageDisplaced(displaced.Author, displaced.Id));
            if (entry.Author == _author.Id) continue;
            if (!_members.See(entry.Author)) _exchange.Greet();
            var jumps = before is { } last && entry.Content.Number - entry.Content.Skipped - 1 > last;
            if (jumps && _history.Of(entry.Author).Any()) _exchange.Lack.Miss(entry.Author);
        }

        items.AddRange(Review([.. entries.Where(entry => _history.Find(entry.Key) == entry)]));
        return items;
    }

    /// <summary>Those who are told for the first time, and others about which something has changed.</summary>
    private List<StreamItem> Review(IReadOnlyList<TraceEntry> news)
    {
        if (news.Count == 0) return [];
        var all = _history.All.OrderBy(one => one.Compared.Created).ToList();
        var found = new History([.. all.Select(one => one.Compared)], false, [], 0).Compare();
        var items = new List<StreamItem>();
        foreach (var one in all.Except(news).Where(one => one.Told is not null))
        {
            var findings = FindingsOf(one);
            if (one.Told!.Findings == findings) continue;
            one.Told = one.Told with { Findings = findings };
            items.Add(new FindingsChanged(one.Told));
        }

        foreach (var one in news) one.Told = ToShown(one, FindingsOf(one));
        items.InsertRange(0, news.Select(one => one.Told!));
        return items;

        Findings FindingsOf(TraceEntry entry) => (found.GetValueOrDefault(entry.Key) & ~NotCompared) | entry.Findings;
    }

    private List<StreamItem> Part(string author)
    {
        _exchange.Lack.Drop(author);
        var dropped = author == _author.Id ? [] : _history.Drop(author).Where(one => one.Told is not null).ToList();
        return dropped is [.., var newest]
            ? [new AuthorLeft(author, newest.Content.Name is { Length: > 0 } name ? name : null, [.. dropped.Select(one => one.Id)])]
            : [];
    }

    private List<StreamItem> End(Expired expired)
    {
        Life.End();
        DropAll();
        return [expired];
    }

    private void NoteHeard(string key)
    {
        if (!_heard.Add(key)) return;
        _heardFirst.Enqueue(key);
        if (_heardFirst.Count > MostHeard) _heard.Remove(_heardFirst.Dequeue());
    }

    private EncryptedMessage ToShown(TraceEntry entry, Findings findings) => new()
    {
        Id = entry.Id, Text = entry.Content.Text, Created = entry.Created, Stream = _stream, Author = entry.Author, IsOwn = entry.Author == _author.Id,
        Name = entry.Content.Name.Length > 0 ? entry.Content.Name : null, Written = TextLimits.DateOf(entry.Content.Time),
        IsHandedOver = entry.IsHandedOver, Findings = findings,
    };
}
