using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// What a room was given on this visit and before: opens messages, and compares them whenever one comes. Not safe for several threads.
/// </summary>
[UnsupportedOSPlatform("browser")]
internal sealed class RoomHistory(Enc2 format, string own)
{
    /// <summary>Messages that are remembered, without most of their texts.</summary>
    private const int Most = 4096;

    /// <summary>So many messages fill a stream: what came before them may be gone.</summary>
    private const int Full = 1024;

    /// <summary>Characters of a sealed text that hold its IV: no two messages begin alike.</summary>
    private const int BeginningLength = 37;

    private const double NanosecondsPerMillisecond = 1e6;

    private readonly Dictionary<Guid, Remembered> _known = [];
    private readonly Queue<Guid> _oldestFirst = [];
    private readonly Dictionary<string, Guid> _copies = [];
    private readonly List<Remembered> _shown = []; // on this visit, by the server's dates
    private bool _isWhole;
    private double _since;

    /// <summary>Begins another visit: what the server gives now is compared with what it gave before.</summary>
    /// <param name="isWhole">Whether nothing that the stream holds stands before what comes.</param>
    public void Begin(bool isWhole)
    {
        _shown.Clear();
        _isWhole = isWhole;
    }

    /// <summary>Sets the date from which messages are named as read: what is older may have faded for others.</summary>
    public void NameFrom(Timestamp? oldest) => _since = oldest is { } date ? ToMilliseconds(date) : AfterAll();

    /// <summary>What was held before may be gone: the next message that comes is the oldest.</summary>
    public void Fade() => (_since, _isWhole) = (Math.Max(_since, AfterAll()), false);

    public bool Knows(Guid id) => _known.ContainsKey(id);

    /// <summary>What somebody who writes now has read.</summary>
    public IReadOnlyList<string> Heads() => History.Heads(
        _known.Values.Select(one => one.Entry).Where(entry => entry.Created >= _since).OrderBy(entry => entry.Created), own);

    /// <summary>The items that a message of the server leads to: itself, and those about which it says something new.</summary>
    public IReadOnlyList<StreamItem> Take(Message message, bool isNews)
    {
        if (!message.Text.StartsWith(Bytes.Prefix, StringComparison.Ordinal)) return [new UnencryptedMessage(message)];
        var (content, hash, fault) = format.Open(message.Id, message.Text);
        var beginning = message.Text[..Math.Min(message.Text.Length, BeginningLength)];
        if (content is null)
            return [new UnreadableMessage(message.Id, message.Created, FaultOf(fault, _copies.GetValueOrDefault(beginning, message.Id) != message.Id))];
        if (isNews) _since = Math.Min(_since, ToMilliseconds(message.Created));
        var taken = Remember(message, content, hash, beginning);
        Show(taken);
        return Review(taken);
    }

    /// <summary>Opens a message without comparing it with others; null when it does not decrypt or is not signed.</summary>
    public EncryptedMessage? Open(Message message) => format.Open(message.Id, message.Text).Content is { } content ? ToShown(message, content) : null;

    private static double ToMilliseconds(Timestamp timestamp) => timestamp.Nanoseconds / NanosecondsPerMillisecond;

    private static MessageFault FaultOf(SealFault fault, bool isCopy) =>
        isCopy ? MessageFault.Copy : fault == SealFault.Signed ? MessageFault.NotSigned : MessageFault.NotSealed;

    private double AfterAll() => _known.Values.Select(one => one.Entry.Created + 1).DefaultIfEmpty(0).Max();

    private Remembered Remember(Message message, Enc2Content content, string hash, string beginning)
    {
        var shown = ToShown(message, content);
        if (_known.TryGetValue(message.Id, out var known))
        {
            known.Message = shown;
            return known;
        }

        var remembered = new Remembered(
            new HistoryEntry($"{message.Id}", hash, ToMilliseconds(message.Created), content.Author, content.Number, content.Skipped, content.Time,
                content.Previous, content.Seen, content.Name),
            beginning, shown);
        (_known[message.Id], _copies[beginning]) = (remembered, message.Id);
        _oldestFirst.Enqueue(message.Id);
        if (_known.Count > Most) Forget(_oldestFirst.Dequeue());
        return remembered;
    }

    private EncryptedMessage ToShown(Message message, Enc2Content content) => new()
    {
        Id = message.Id, Text = content.Text, Created = message.Created, Stream = message.Stream, Name = content.Name.Length > 0 ? content.Name : null,
        Author = content.Author, IsOwn = content.Author == own, Written = TextLimits.DateOf(content.Time),
    };

    private void Forget(Guid id)
    {
        if (!_known.Remove(id, out var gone)) return;
        _copies.Remove(gone.Beginning);
        _shown.Remove(gone);
        _isWhole = false;
    }

    /// <summary>Puts it in its place: a list that grows at its end, unless the server moves something.</summary>
    private void Show(Remembered taken)
    {
        _shown.Remove(taken);
        var place = _shown.Count;
        while (place > 0 && _shown[place - 1].Message.Created > taken.Message.Created) place--;
        _shown.Insert(place, taken);
    }

    /// <summary>The message that has come, and the others whose findings have changed with it.</summary>
    private List<StreamItem> Review(Remembered taken)
    {
        var entries = _shown.Select(one => one.Entry with { Created = ToMilliseconds(one.Message.Created) }).ToList();
        // Messages come in order: of those known before, what is newer than all of these may still come.
        var newest = entries[^1].Created;
        var known = _known.Values.Select(one => one.Entry).Where(entry => entry.Created <= newest).ToList();
        var found = new History(entries, _isWhole && entries.Count < Full, known, _since).Compare();
        var items = new List<StreamItem>();
        foreach (var one in _shown)
        {
            var findings = found.GetValueOrDefault(one.Entry.Id);
            if (one != taken && one.Message.Findings == findings) continue;
            one.Message = one.Message with { Findings = findings };
            if (one != taken) items.Add(new FindingsChanged(one.Message));
        }

        items.Insert(0, taken.Message);
        return items;
    }

    /// <summary>A message, and what it was found to be; its entry has the server's first date.</summary>
    private sealed class Remembered(HistoryEntry entry, string beginning, EncryptedMessage message)
    {
        public HistoryEntry Entry { get; } = entry;

        public string Beginning { get; } = beginning;

        public EncryptedMessage Message { get; set; } = message;
    }
}
