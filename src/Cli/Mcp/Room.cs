using Malten.Client;

namespace Malten.Cli.Mcp;

/// <summary>What an agent takes part in: an open stream, an encrypted one, one that leaves no trace, or a pipe. Its keys stay here.</summary>
internal abstract class Room : IAsyncDisposable
{
    /// <summary>What people call it.</summary>
    public abstract string Title { get; }

    /// <summary>One sentence for the agent about who may read and write here.</summary>
    public abstract string Secrecy { get; }

    /// <summary>Whether it can be listened to again after it failed or ended.</summary>
    public virtual bool MayReturn => true;

    /// <summary>What has been heard.</summary>
    public Journal Journal { get; } = new();

    /// <summary>All that is held and has not come yet, and then what comes, until it is cancelled or over.</summary>
    /// <exception cref="MaltenException">A node refused for good, or none answered.</exception>
    public abstract IAsyncEnumerable<StreamItem> ListenAsync(CancellationToken cancellationToken);

    /// <summary>Says something, and returns it as it is stored.</summary>
    /// <exception cref="ArgumentException">The text can't be said.</exception>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    public abstract Task<Heard> SayAsync(string text, CancellationToken cancellationToken);

    /// <summary>Puts into the journal what has been heard.</summary>
    public abstract void Take(StreamItem item);

    /// <summary>The date of the newest message that nodes hold; null where there is none, or where they can't be asked.</summary>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    public abstract Task<Timestamp?> FindNewestAsync(CancellationToken cancellationToken);

    /// <summary>How many times it was joined: whoever joins is handed anew what was said.</summary>
    public virtual int TimesJoined => 1;

    /// <summary>Waits for what those who are there hand over, where no node holds it. Has completed at once where all has come.</summary>
    public virtual Task HandedOverAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Who is there now.</summary>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    public abstract Task<WhoIsThere> LookAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    /// <summary>The newest message of a stream.</summary>
    protected static async Task<Timestamp?> FindNewestAsync(MaltenClient client, string stream, CancellationToken cancellationToken)
    {
        var newestFirst = new ReadOptions { NewestFirst = true, PageSize = 1 };
        return (await client.ReadAsync(stream, newestFirst, cancellationToken).FirstOrDefaultAsync(cancellationToken))?.Created;
    }
}
