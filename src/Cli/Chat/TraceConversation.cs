using System.Runtime.CompilerServices;
using Malten.Client;

namespace Malten.Cli.Chat;

/// <summary>A chat in a stream that leaves no trace: what is said here goes when the chat ends.</summary>
internal sealed class TraceConversation(TraceRoom room) : Conversation
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override string Title => room.Link.Label;

    /// <summary>It is sealed once no server is known to hold it, which may be long after it was first attempted.</summary>
    public override bool IsDated => false;

    public override async IAsyncEnumerable<StreamItem> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in room.ListenAsync(cancellationToken))
        {
            if (item is Opened) _opened.TrySetResult();
            yield return item;
        }
    }

    public override async Task<StreamItem?> PostAsync(string text, Guid id, PostAgain? again, CancellationToken cancellationToken)
    {
        try
        {
            await room.PostAsync(text, id, again, cancellationToken);
            return null;
        }
        catch (InvalidOperationException refused)
        {
            throw new ArgumentException(refused.Message, refused); // as any text that can't be said
        }
    }

    public override Task OpensAsync(CancellationToken cancellationToken) => _opened.Task.WaitAsync(cancellationToken);

    /// <summary>Says farewell, so that what was said here vanishes at once.</summary>
    public override async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(Farewell);
        try
        {
            await room.LeaveAsync(patience.Token);
        }
        catch (Exception failed) when (failed is MaltenException or OperationCanceledException)
        {
            // the others see that nobody answers
        }

        await room.DisposeAsync();
    }
}
