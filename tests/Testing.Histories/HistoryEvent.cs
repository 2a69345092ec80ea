using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Malten.Testing.Histories;

/// <summary>
/// One line of a history: what a client began, how that ended, what it heard, or what was done to the cluster. The format
/// is described in <c>docs/histories.md</c>; it follows Jepsen's (invoke, ok, fail, info).
/// </summary>
public sealed record HistoryEvent
{
    /// <summary>How a line is written as JSON.</summary>
    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // the file is no HTML
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Nanoseconds since the history began, by the monotonic clock of the host that ran the clients.</summary>
    public long At { get; init; }

    /// <summary>The wall clock of that host.</summary>
    public DateTimeOffset Wall { get; init; }

    public required EventType Type { get; init; }

    public required OperationKind Kind { get; init; }

    /// <summary>The client: it does one thing after the other.</summary>
    public required string Process { get; init; }

    /// <summary>The number of the operation: the same on all its lines, and on no others.</summary>
    public long Op { get; init; }

    public string? Stream { get; init; }

    /// <summary>The index of the node that was asked.</summary>
    public int? Node { get; init; }

    /// <summary>The id that a post was sent with. A post that is repeated keeps it.</summary>
    public Guid? Id { get; init; }

    /// <summary>The text that was sent.</summary>
    public string? Text { get; init; }

    /// <summary>The cursor that a listener came with; 0 asks for everything, absent for what comes from now on.</summary>
    public long? Last { get; init; }

    /// <summary>The most messages that a read asked for.</summary>
    public int? Limit { get; init; }

    /// <summary>The message that was stored or heard.</summary>
    public Posted? Message { get; init; }

    /// <summary>The page that was read.</summary>
    public IReadOnlyList<Posted>? Page { get; init; }

    /// <summary>Why the outcome is not ok, or what was done to the cluster.</summary>
    public string? Reason { get; init; }
}

/// <summary>What a client does, or what is done to the cluster.</summary>
public enum OperationKind
{
    /// <summary><c>POST /messages</c>.</summary>
    Post,

    /// <summary><c>GET /messages</c>: the newest <see cref="HistoryEvent.Limit"/>, oldest first.</summary>
    Read,

    /// <summary>One connection of <c>GET /events</c>, to one stream.</summary>
    Listen,

    /// <summary>Something was done to the cluster: always <see cref="EventType.Info"/>, with a reason in words.</summary>
    Fault,
}

/// <summary>What a line says of an operation.</summary>
public enum EventType
{
    /// <summary>It begins: written before anything is sent.</summary>
    Invoke,

    /// <summary>It was answered; a listener ended its connection itself, after it was given time to hear everything.</summary>
    Ok,

    /// <summary>It was refused: what was asked for has not happened because of this operation.</summary>
    Fail,

    /// <summary>Its outcome is not known; a listener's connection broke.</summary>
    Info,

    /// <summary>A listener's connection was accepted.</summary>
    Open,

    /// <summary>A listener heard a message.</summary>
    Heard,

    /// <summary>A listener was told that messages are missing here.</summary>
    Gap,

    /// <summary>A listener was told that the stream has ended.</summary>
    Expired,
}
