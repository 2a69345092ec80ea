using System.Runtime.CompilerServices;
using Malten.Client;

namespace Malten.Cli.Chat;

/// <summary>A chat of two over a pipe.</summary>
internal sealed class PipeConversation(EncryptedPipe pipe) : Conversation
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override string Title => "one to one";

    public override async IAsyncEnumerable<StreamItem> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in pipe.ListenAsync(cancellationToken))
        {
            if (item is PipeOpened or PipeClosed) _opened.TrySetResult();
            yield return item;
        }
    }

    /// <summary>A side hears only what the other one says.</summary>
    public override async Task<StreamItem?> PostAsync(string text, Guid id, PostAgain? again, CancellationToken cancellationToken)
    {
        try
        {
            return await pipe.PostAsync(text, id, again, cancellationToken);
        }
        catch (InvalidOperationException closed)
        {
            throw new ArgumentException(closed.Message, closed); // as any text that can't be said
        }
    }

    public override Task OpensAsync(CancellationToken cancellationToken) => _opened.Task.WaitAsync(cancellationToken);

    /// <summary>Says farewell.</summary>
    public override async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(Farewell);
        try
        {
            await pipe.LeaveAsync(patience.Token);
        }
        catch (Exception failed) when (failed is MaltenException or OperationCanceledException)
        {
            // the other side sees that nobody answers
        }

        await pipe.DisposeAsync();
    }
}
