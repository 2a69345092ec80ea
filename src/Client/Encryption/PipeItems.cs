using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>A pipe is open: both sides have the same keys, if both see the same safety code.</summary>
/// <param name="SafetyCode">
/// Eight digits in two groups. Compared by voice, it shows that nobody stands between: whoever took the link on its way has one
/// chance in 10⁸ to make the codes the same.
/// </param>
/// <param name="IsHybrid">Whether ML-KEM-768 was used as well as P-256: then who records everything today needs more than a quantum computer later.</param>
public sealed record PipeOpened(string SafetyCode, bool IsHybrid) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => $"(connected; safety code {SafetyCode})";
}

/// <summary>A text of a pipe.</summary>
public sealed record PipeMessage : StreamItem
{
    /// <summary>A UUID.</summary>
    public required Guid Id { get; init; }

    /// <summary>The text: up to 1024 characters.</summary>
    public required string Text { get; init; }

    /// <summary>The name that its side uses, up to 32 characters; null for none.</summary>
    public string? Name { get; init; }

    /// <summary>Of the texts of its side, from 1: its place among them.</summary>
    public required long Number { get; init; }

    /// <summary>When the server says that it was stored.</summary>
    public required Timestamp Created { get; init; }

    /// <summary>When its side says that it was written.</summary>
    public required DateTimeOffset Written { get; init; }

    /// <summary>What its numbers and dates show.</summary>
    public PipeFindings Findings { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Printable.Line(Name is null ? Text : $"{VisibleName.Of(Name)}: {Text}");
}

/// <summary>What the numbers and dates of a text of a pipe show.</summary>
[Flags]
public enum PipeFindings
{
    /// <summary>All is well.</summary>
    None = 0,

    /// <summary>Texts before it did not arrive. Each is told of once.</summary>
    Missing = 1 << 0,

    /// <summary>It arrived after a later one.</summary>
    Late = 1 << 1,

    /// <summary>Its author says that it could not be sent, and may not know that it is here.</summary>
    Skipped = 1 << 2,

    /// <summary>It was written before the last text of this side had arrived.</summary>
    Crossed = 1 << 3,

    /// <summary>Its author's date and the server's are more than two minutes apart.</summary>
    Date = 1 << 4,
}

/// <summary>More of this side's texts have arrived, by the other side's word: <see cref="EncryptedPipe.HasArrived"/> says which.</summary>
public sealed record PipeReceipt : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => "(received)";
}

/// <summary>Somebody tries to step into a pipe, and was turned away.</summary>
/// <param name="Reason">Who.</param>
public sealed record PipeWarning(PipeIntrusion Reason) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => Reason == PipeIntrusion.OtherJoiner
        ? "(somebody else opened the link too, and was turned away)"
        : "(something came that was not made with this link, or came twice; it was ignored)";
}

/// <summary>Who tries to step into a pipe.</summary>
public enum PipeIntrusion
{
    /// <summary>Something was not made with the link: the server, or somebody on the way, tried.</summary>
    Forged,

    /// <summary>Somebody else opened the link too.</summary>
    OtherJoiner,
}

/// <summary>A pipe is over, for whatever reason: the last item. Its keys are gone.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Missing">How many of the other side's texts did not arrive at its end, as far as it said so.</param>
public sealed record PipeClosed(PipeEnd Reason, long Missing = 0) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => Reason switch
    {
        PipeEnd.Left => "(the other side has left)",
        PipeEnd.Taken => "(this link has been used already: it opens once; if you alone got it, somebody else has)",
        PipeEnd.Busy => "(there are messages in this pipe from before, so this link was not used: ask for a new one)",
        PipeEnd.Cheated => "(stop: whoever holds this link did not send the keys that were promised; somebody may stand between you)",
        PipeEnd.Repeated => "(stop: whoever holds this link began to agree on keys a second time; somebody may stand between you)",
        _ => "(this pipe is over)",
    };
}

/// <summary>Why a pipe is over.</summary>
public enum PipeEnd
{
    /// <summary>Its stream has ended on the server, or this side has left.</summary>
    Over,

    /// <summary>The other side has left, and said so under the pipe's keys.</summary>
    Left,

    /// <summary>The link has been used already, which what is in the pipe proves.</summary>
    Taken,

    /// <summary>There are messages in the pipe from before: the link was used, or the server made them up.</summary>
    Busy,

    /// <summary>Whoever holds the link did not send what was committed to.</summary>
    Cheated,

    /// <summary>Whoever holds the link began the handshake a second time, as one does who tries out safety codes.</summary>
    Repeated,
}
