using System.Diagnostics.Tracing;

namespace Malten.Client;

/// <summary>Something that a client did by itself and whoever operates it may want to know.</summary>
/// <param name="Level"><see cref="EventLevel.Warning"/> for a failure, <see cref="EventLevel.Informational"/> for the rest.</param>
/// <param name="Text">A sentence without text of messages, stream names or secrets.</param>
/// <param name="Node">The node that it concerns.</param>
/// <param name="Failure">What went wrong, if something did.</param>
public sealed record ClientLogEntry(EventLevel Level, string Text, Uri Node, Exception? Failure = null)
{
    /// <summary>One line.</summary>
    public override string ToString() => $"{Node}: {Text}";
}
