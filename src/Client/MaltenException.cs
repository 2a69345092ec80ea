using System.Net;

namespace Malten.Client;

/// <summary>A call did not succeed: a node refused it, no node answered, or an answer was not that of a Malten node.</summary>
/// <remarks>The message is for people: one line, with control characters replaced, and without text of messages and stream names.</remarks>
public sealed class MaltenException : Exception
{
    internal MaltenException(MaltenFault fault, string message, Uri? node, Exception? inner = null) : base(Printable.Line(message), inner) =>
        (Fault, Node) = (fault, node);

    /// <summary>What kind of failure it is.</summary>
    public MaltenFault Fault { get; }

    /// <summary>The node that was asked last.</summary>
    public Uri? Node { get; }

    /// <summary>With <see cref="MaltenFault.Refused"/>: the status of the answer, such as 409 for a name in use.</summary>
    public HttpStatusCode? Status { get; internal init; }

    /// <summary>The problem's <c>title</c> (RFC 9457): what kind of refusal it is, in two or three words.</summary>
    public string? Title { get; internal init; }

    /// <summary>The problem's <c>detail</c>: what to change, in a sentence.</summary>
    public string? Detail { get; internal init; }

    /// <summary>The problem's <c>param</c>: the parameter at fault, if one is.</summary>
    public string? Parameter { get; internal init; }

    /// <summary>With status 429 and 503: how long the node asks to wait. The client has already waited and tried again, as far as its limits allow.</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>Whether the request certainly had no effect.</summary>
    internal bool HadNoEffect { get; init; }

    /// <summary>Whether the same request may succeed later, or at another node.</summary>
    internal bool IsTransient => Fault switch
    {
        MaltenFault.Unreachable => true,
        MaltenFault.Refused => Status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError,
        _ => false,
    };

    /// <summary>Whether the same request may succeed later, or at another node, or once nothing on the way changes answers any more.</summary>
    internal bool MayPass => IsTransient || Fault == MaltenFault.BadAnswer;
}

/// <summary>Kinds of failure.</summary>
public enum MaltenFault
{
    /// <summary>A node refused the request: <see cref="MaltenException.Status"/> and the problem's fields say why.</summary>
    Refused,

    /// <summary>No node answered in time. Whether the request took effect is not known.</summary>
    Unreachable,

    /// <summary>An answer broke the wire contract: what answers is no Malten node, or a proxy in between changes answers.</summary>
    BadAnswer,

    /// <summary>A command was not answered: <see cref="MaltenException.Detail"/> has the reason, if one was given.</summary>
    NotAnswered,
}
