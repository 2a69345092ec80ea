using System.Net;
using System.Runtime.Versioning;

namespace Malten.Client;

/// <summary>Sees to it that servers hold nothing of what is said in a stream that leaves no trace.</summary>
/// <param name="gate">Of the participant, which is not safe for several threads.</param>
/// <param name="isBehind">Whether a node has sent what has not been taken yet: then it may not be so any more what it said before.</param>
/// <param name="longestBackoff">Between two attempts to open a connection.</param>
/// <param name="longestSilence">After which a connection is taken to be dead.</param>
[UnsupportedOSPlatform("browser")]
internal sealed class TraceGuard(
    MaltenClient client, string stream, TraceParticipant self, Lock gate, Func<bool> isBehind, TimeSpan longestBackoff, TimeSpan longestSilence)
{
    /// <summary>Makes sure that the servers hold nothing of what is about to be said.</summary>
    public async Task MakeSureAsync(CancellationToken cancellationToken)
    {
        TimeSpan ttl;
        int connection;
        bool isSafe;
        lock (gate) (isSafe, ttl, connection) = (self.Life.IsSafe, self.Life.Ttl, self.Connection);
        if (isSafe && (!isBehind() || await HoldsNothingAsync(cancellationToken).ConfigureAwait(false))) return;

        try
        {
            var begin = new BeginStreamOptions { Stream = stream, Private = true, Ttl = ttl, Keep = 0 };
            var begun = await client.BeginStreamAsync(begin, cancellationToken).ConfigureAwait(false);
            if (begun.Keep != 0) throw new InvalidOperationException("This server can't carry a stream that it does not hold. Nothing was sent.");
            lock (gate) self.Life.Begin(isConnected: connection > 0 && connection == self.Connection);
        }
        catch (MaltenException taken) when (taken.Status == HttpStatusCode.Conflict)
        {
            if (await FindLifeAsync(cancellationToken).ConfigureAwait(false) is { } life)
            {
                if (life.Keep != 0) throw HeldAlready();
                lock (gate) self.Life.Learn(life, isConnected: connection > 0 && connection == self.Connection);
                return;
            }

            // Only where nothing is held, listeners are named. When that stream ends is not known, so this is asked before each message.
            if (!await HoldsNothingAsync(cancellationToken).ConfigureAwait(false)) throw HeldAlready();
            lock (gate) self.Life.Live();
        }

        static InvalidOperationException HeldAlready() => new("The server holds what is said under this name, so nothing was sent. Make a new link.");
    }

    /// <summary>What a connection that is opened for it is told of the stream's life; null when none can be opened, or nothing lives.</summary>
    private async Task<StreamLife?> FindLifeAsync(CancellationToken cancellationToken)
    {
        await foreach (var item in client.ListenAsync(stream, longestBackoff, longestSilence, cancellationToken).ConfigureAwait(false))
            return (item as Opened)?.Lives.FirstOrDefault(one => one.Stream == stream);
        return null;
    }

    /// <summary>Whether the stream is in use and servers hold nothing of it.</summary>
    public async Task<bool> HoldsNothingAsync(CancellationToken cancellationToken) =>
        (await client.GetPresenceAsync(stream, null, cancellationToken).ConfigureAwait(false)).NamesListeners;

    /// <summary>Whether a server holds something of the stream after all.</summary>
    public async Task<bool> IsHeldAsync(CancellationToken cancellationToken)
    {
        try
        {
            var newest = new ReadOptions { NewestFirst = true, PageSize = 1 };
            if (!await client.ReadAsync(stream, newest, cancellationToken).AnyAsync(cancellationToken).ConfigureAwait(false)) return false;
            lock (gate) _ = self.Life.Doubt();
            return true;
        }
        catch (Exception failed) when (failed is MaltenException or OperationCanceledException)
        {
            return false; // no node answers, so none can be asked; before the next message it is asked again
        }
    }

    /// <summary>Does what is tried again before the next message.</summary>
    public static async Task TryAsync(Func<CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        try
        {
            await act(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is MaltenException or InvalidOperationException or OperationCanceledException)
        {
            // then
        }
    }
}
