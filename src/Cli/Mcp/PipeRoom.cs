using Malten.Client;

namespace Malten.Cli.Mcp;

/// <summary>A pipe to one other person or program. What is said in it is held nowhere but here.</summary>
internal sealed class PipeRoom(EncryptedPipe pipe) : Room
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private volatile PipeOpened? _opened;

    public override string Title => "one to one";

    public override string Secrecy => "It is end-to-end encrypted between two: this side, and whoever made the link.";

    public override bool MayReturn => false; // its link opens once

    public override IAsyncEnumerable<StreamItem> ListenAsync(CancellationToken cancellationToken) => pipe.ListenAsync(cancellationToken);

    public override async Task<Heard> SayAsync(string text, CancellationToken cancellationToken)
    {
        var said = Heard.Of(await pipe.PostAsync(text, cancellationToken), isOwn: true);
        Journal.Take(said); // it does not come back
        return said;
    }

    public override void Take(StreamItem item)
    {
        switch (item)
        {
            case PipeOpened opened:
                _opened = opened;
                Journal.Wake();
                break;
            case PipeMessage message: Journal.Take(Heard.Of(message, isOwn: false)); break;
            case PipeWarning or UnreadableMessage or UnencryptedMessage:
                Journal.Note("Somebody else tried to step into this pipe, and was turned away.");
                break;
            case PipeClosed closed:
                if (closed.Missing > 0) Journal.Note($"{closed.Missing} messages of the other side did not arrive.");
                throw new PipeEndedException($"{closed}");
        }
    }

    public override Task<Timestamp?> FindNewestAsync(CancellationToken cancellationToken) => Task.FromResult<Timestamp?>(null);

    public override Task<WhoIsThere> LookAsync(CancellationToken cancellationToken) => Task.FromResult(
        WhoIsThere.Of(_opened is null ? 1 : 2, Journal.Authors()) with { SafetyCode = _opened?.SafetyCode });

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

/// <summary>A pipe is over, and its link opens nothing any more.</summary>
internal sealed class PipeEndedException(string reason) : Exception(reason);
