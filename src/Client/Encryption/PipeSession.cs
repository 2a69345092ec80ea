using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// What one side of a pipe knows: it takes what comes and says what is to be posted, and posts nothing itself. Not safe for several
/// threads.
/// </summary>
[UnsupportedOSPlatform("browser")]
internal sealed class PipeSession(PipeHandshake handshakeToCome, string name, TimeProvider time) : IDisposable
{
    private const double Clocks = 120_000; // milliseconds by which two honest clocks may differ
    private const int MostRemembered = 4096; // ids
    private const int MostGivenUp = 256; // texts that are recognized when they come back

    private readonly PipeArrivals _arrivals = new();
    private readonly PipeWritings _writings = new();
    private readonly Dictionary<Guid, Outgoing> _outgoing = []; // until the server gives it back
    private readonly Queue<Guid> _givenUp = [];
    private readonly HashSet<Guid> _taken = [];
    private readonly Queue<Guid> _oldestFirst = [];
    private PipeHandshake? _handshake = handshakeToCome; // until it has led to the ratchet
    private Func<byte[], bool> _isOtherJoiner = _ => false;
    private Ratchet? _ratchet;
    private byte[] _transcript = [];
    private ByteKeys? _byteKeys;
    private PipeOpened? _opened;
    private bool _isBusy;

    /// <summary>Whether both sides have keys and know it.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether nothing can be sent any more.</summary>
    public bool IsOver => Closed is not null;

    /// <summary>Why; null as long as it is not.</summary>
    public PipeClosed? Closed { get; private set; }

    /// <summary>Begins the handshake, once all that was held has been taken: the frame to post, if this side begins.</summary>
    public PipeStep Begin()
    {
        if (_isBusy) return Close(PipeEnd.Busy);
        return IsOver ? PipeStep.Nothing : new PipeStep([], _handshake?.Begin() is { } frame ? [SealedText(frame)] : []);
    }

    /// <summary>Takes a message that the server gives.</summary>
    public PipeStep Take(Message message)
    {
        if (IsOver || !Remember(message.Id)) return PipeStep.Nothing;
        if (!message.Text.StartsWith(Bytes.Prefix, StringComparison.Ordinal)) return PipeStep.Of(new UnencryptedMessage(message));
        if (_outgoing.TryGetValue(message.Id, out var own) && own.Message == message.Text)
        {
            _outgoing.Remove(message.Id);
            return PipeStep.Nothing;
        }

        if (Bytes.FromSealed(message.Text) is not { Length: > 0 } frame) return PipeStep.Nothing;
        if (frame[0] is FrameType.Message or FrameType.Farewell) return Receive(frame, message);
        if (_handshake is { } handshake) return ShakeHands(handshake, frame);
        return _isOtherJoiner(frame) ? PipeStep.Of(new PipeWarning(PipeIntrusion.OtherJoiner)) : PipeStep.Nothing;
    }

    /// <summary>Seals a text.</summary>
    /// <exception cref="InvalidOperationException">The pipe is not open.</exception>
    public (PipeMessage Shown, string Message) Seal(string text)
    {
        if (!IsOpen || IsOver) throw new InvalidOperationException(NotOpen);
        var (number, skipped) = _writings.Next();
        var content = NewContent(PipeKind.Text) with { Number = number, Skipped = skipped, Name = name, Text = text };
        var (id, message) = Seal(content);
        var written = DateTimeOffset.FromUnixTimeMilliseconds((long)content.Time);
        return (new PipeMessage { Id = id, Text = text, Name = name.Length > 0 ? name : null, Number = number, Created = default, Written = written }, message);
    }

    /// <summary>What acknowledges the texts that have come; null when the pipe is not open.</summary>
    public (Guid Id, string Message)? Note() => IsOpen && !IsOver ? Seal(NewContent(PipeKind.Note)) : null;

    /// <summary>Seals a word about a byte stream.</summary>
    /// <exception cref="InvalidOperationException">The pipe is not open.</exception>
    public (Guid Id, string Message) Seal(ByteWord word) =>
        IsOpen && !IsOver ? Seal(NewContent(PipeKind.Bytes) with { Text = $"{word}" }) : throw new InvalidOperationException(NotOpen);

    /// <summary>What encrypts one side's bytes on a channel.</summary>
    /// <exception cref="InvalidOperationException">The pipe is not open, or that was asked for before.</exception>
    public ByteCipher NewCipher(bool isInviters, int channel) =>
        IsOpen && _byteKeys is { } keys ? keys.Take(isInviters, channel) : throw new InvalidOperationException(NotOpen);

    private string NotOpen => IsOver ? "This pipe is over." : "This pipe is not open yet.";

    /// <summary>Settles the text that was sealed last, and will not be sent again: the next one says so.</summary>
    public void GiveUp(Guid id)
    {
        if (!_outgoing.TryGetValue(id, out var own) || own.IsGivenUp) return; // it came back from the server: it was sent after all
        _writings.GiveUp(own.Skipped);
        _outgoing[id] = own with { IsGivenUp = true }; // it may still come back, and is no forgery then
        _givenUp.Enqueue(id);
        if (_givenUp.Count > MostGivenUp) _outgoing.Remove(_givenUp.Dequeue());
    }

    /// <summary>Closes this side: what tells the other one, if there is one.</summary>
    public (Guid Id, string Message)? Leave()
    {
        var id = NewId();
        var farewell = IsOpen && !IsOver && _ratchet!.CanWrite
            ? Bytes.Join([FrameType.Farewell], _ratchet.SealLast(NewContent(PipeKind.Farewell).Encode(), About(FrameType.Farewell, id))) : null;
        Close(PipeEnd.Over);
        return farewell is null ? null : (id, SealedText(farewell));
    }

    /// <summary>The pipe is over: lets go of the keys. There is nothing more to post.</summary>
    public PipeStep Close(PipeEnd reason, long missing = 0)
    {
        if (IsOver) return PipeStep.Nothing;
        Closed = new PipeClosed(reason, missing);
        Dispose();
        return PipeStep.Nothing;
    }

    public bool HasArrived(long number) => number is > 0 and <= uint.MaxValue && _writings.HasArrived((uint)number);

    public void Dispose()
    {
        _handshake?.Dispose();
        _ratchet?.Dispose();
        _byteKeys?.Dispose();
        (_handshake, _ratchet, _byteKeys) = (null, null, null);
    }

    public static string SealedText(byte[] frame) => Bytes.Prefix + Bytes.ToBase64Url(frame);

    private PipeStep ShakeHands(PipeHandshake handshake, byte[] frame)
    {
        var step = handshake.Take(frame);
        if (step.End is { } end) return Close(end);
        if (step.IsForged) return PipeStep.Of(new PipeWarning(PipeIntrusion.Forged));
        if (step.Keys is { } keys) Start(handshake, keys, step.Ratchet!);
        string[] answer = step.Answer is { } ours ? [SealedText(ours)] : [];
        // The joiner can write at once: its first message shows the inviter that it has the same keys.
        return _ratchet?.CanWrite == true ? new PipeStep([Open()], [], Note()) : new PipeStep([], answer);
    }

    /// <summary>The ratchet has begun: the keys of the handshake would open what is written first, so they are let go of.</summary>
    private void Start(PipeHandshake handshake, Pipe2Keys keys, Ratchet ratchet)
    {
        (_ratchet, _transcript, _byteKeys, _opened) = (ratchet, keys.Transcript, new ByteKeys(keys.Bytes), new PipeOpened(keys.Code, keys.IsHybrid));
        _isOtherJoiner = handshake.WatchForOthers();
        handshake.Dispose();
        _handshake = null;
    }

    private PipeOpened Open()
    {
        IsOpen = true;
        return _opened!;
    }

    private PipeStep Receive(byte[] frame, Message message)
    {
        if (_ratchet is null)
        {
            _isBusy = true; // the conversation of others, or what looks like it
            return PipeStep.Nothing;
        }

        var isLast = frame[0] == FrameType.Farewell;
        var plain = _ratchet.Open(frame.AsSpan(1), About(frame[0], message.Id), isLast);
        if (plain is null || PipeContent.Decode(plain) is not { } content || isLast != (content.Kind == PipeKind.Farewell))
            return PipeStep.Of(new UnreadableMessage(message.Id, message.Created, MessageFault.NotSealed));
        var items = new List<StreamItem>();
        if (!IsOpen) items.Add(Open());
        if (_writings.Acknowledge(content.Newest, content.Missing)) items.Add(new PipeReceipt());
        if (isLast) Close(PipeEnd.Left, _arrivals.Miss(content.Number, content.Skipped));
        if (content.Kind == PipeKind.Text) items.Add(Show(content, message));
        return new PipeStep(items, [])
        {
            IsFromOtherSide = true, AsksForReceipt = content.Kind == PipeKind.Text, Word = content.Kind == PipeKind.Bytes ? ByteWord.Parse(content.Text) : null,
        };
    }

    private PipeMessage Show(PipeContent content, Message message)
    {
        var (missing, isLate) = _arrivals.Take(content.Number, content.Skipped);
        var isSkipped = _arrivals.IsSkipped(content.Number);
        var created = message.Created.Nanoseconds / 1e6;
        var found = (missing > 0 ? PipeFindings.Missing : 0) | (isSkipped ? PipeFindings.Skipped : isLate ? PipeFindings.Late : 0)
            | (_writings.MissingIn(content.Newest, content.Missing) > 0 ? PipeFindings.Crossed : 0)
            | (Math.Abs(content.Time - created) > Clocks ? PipeFindings.Date : 0);
        return new PipeMessage
        {
            Id = message.Id, Text = content.Text, Name = content.Name.Length > 0 ? content.Name : null, Number = content.Number, Created = message.Created,
            Written = TextLimits.DateOf(content.Time), Findings = found,
        };
    }

    private PipeContent NewContent(PipeKind kind)
    {
        var (newest, missing) = _arrivals.Received();
        return new PipeContent
        {
            Kind = kind, Number = _writings.Number, Skipped = _writings.Skipped, Newest = newest, Missing = missing,
            Time = (ulong)time.GetUtcNow().ToUnixTimeMilliseconds(),
        };
    }

    private (Guid Id, string Message) Seal(PipeContent content)
    {
        var id = NewId();
        var message = SealedText(Bytes.Join([FrameType.Message], _ratchet!.Seal(content.Encode(), About(FrameType.Message, id))));
        _outgoing[id] = new Outgoing(message, content.Skipped);
        return (id, message);
    }

    private Guid NewId() => Guid.CreateVersion7(time.GetUtcNow());

    private byte[] About(byte type, Guid id) => Bytes.Join(_transcript, [type], Bytes.Utf8($"{id}"));

    /// <summary>False for one that was taken before: no key opens it a second time.</summary>
    private bool Remember(Guid id)
    {
        if (!_taken.Add(id)) return false;
        _oldestFirst.Enqueue(id);
        if (_oldestFirst.Count > MostRemembered) _taken.Remove(_oldestFirst.Dequeue());
        return true;
    }

    /// <summary>A message of this side that the server has not given back yet.</summary>
    private sealed record Outgoing(string Message, int Skipped, bool IsGivenUp = false);
}
