namespace Malten.Gateway.Commands;

/// <summary>A command can't be answered. The message says why, in our own words: it is shown to the stream.</summary>
internal sealed class CommandFailedException(string reason, int? status = null) : Exception(reason)
{
    /// <summary>The status with which the provider answered, if it did; for the operator.</summary>
    public int? Status { get; } = status;
}
