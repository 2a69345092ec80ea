using Malten.Client;

namespace Malten.Cli.Chat;

/// <summary>What a chat is about: an open stream, an encrypted one, or a pipe.</summary>
internal abstract class Conversation : IAsyncDisposable
{
    /// <summary>What people call it.</summary>
    public abstract string Title { get; }

    /// <summary>Whether what is said carries the moment at which it was first attempted, sealed with it.</summary>
    public virtual bool IsDated => true;

    /// <summary>All that is held, and then what comes, until it is cancelled or over.</summary>
    public abstract IAsyncEnumerable<StreamItem> ListenAsync(CancellationToken cancellationToken);

    /// <summary>Says something, once, however often it is attempted.</summary>
    /// <param name="id">A UUID of the caller's own, which is heard with it, where it is heard at all.</param>
    /// <param name="again">Before each further attempt; null where none is wanted.</param>
    /// <returns>What to show of it; null where it is heard like whatever others say.</returns>
    /// <exception cref="ArgumentException">It can't be said.</exception>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    public abstract Task<StreamItem?> PostAsync(string text, Guid id, PostAgain? again, CancellationToken cancellationToken);

    /// <summary>Tells others what this person is doing, where servers may know names.</summary>
    public virtual Task SetStatusAsync(PresenceStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Whether it can be written to; in a pipe, once the other side is there.</summary>
    public virtual Task OpensAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Whether an item says that the conversation is over otherwise than by the other side's farewell.</summary>
    public static bool BreaksOff(StreamItem item) => item is PipeClosed closed && closed is not { Reason: PipeEnd.Left, Missing: 0 };

    public abstract ValueTask DisposeAsync();
}
