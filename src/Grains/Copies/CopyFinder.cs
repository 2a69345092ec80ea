using Malten.Grains.Members;

namespace Malten.Grains.Copies;

/// <summary>
/// Answers an activation that asks for a stream before it goes on with it. What this silo holds is the answer; where an
/// earlier activation still runs the stream here, that one leaves what it has and ends. It may be the only one that has the
/// stream: the directory lost it with the silo that held the copy, or no other silo is to hold one.
/// </summary>
/// <param name="copies">The copies that this silo holds.</param>
/// <param name="running">The streams that run here.</param>
/// <param name="cluster">The members of the cluster.</param>
/// <param name="lease">Whether this silo may answer.</param>
/// <param name="time">The clock of the host.</param>
internal sealed class CopyFinder(CopyStore copies, IRunningStreams running, ClusterView cluster, Lease lease, TimeProvider time)
{
    // An activation leaves its stream in one turn, which waits for nobody. Whoever asks gives up after two seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <inheritdoc cref="ICopyService.Find"/>
    /// <exception cref="OrleansException">
    /// This silo has no lease; or the asker was declared dead and has not heard of it: others go on in its place, and its
    /// fence would stop them.
    /// </exception>
    /// <exception cref="Exception">An activation that runs the first of the streams has not left it yet, or can't: ask again.</exception>
    public async Task<FoundCopy[]> FindAsync(CopyQuestion[] questions)
    {
        CheckLease();
        if (Array.Exists(questions, question => question.Asker is { } asker && cluster.IsDead(asker)))
            throw new OrleansException("The silo that asks was declared dead.");
        var (found, bytes) = (new List<FoundCopy>(questions.Length), 0);
        foreach (var question in questions)
        {
            if (bytes >= StreamCopy.PieceBytes) break;
            try
            {
                found.Add(await FindAsync(question));
            }
            catch (Exception) when (found.Count > 0) // of any kind: it is that stream's alone
            {
                break; // those before it are answered
            }

            bytes += found[^1].Copy?.Stream.Messages.Sum(message => message.Bytes.Length) ?? 0;
        }

        CheckLease(); // an activation may have kept it waiting
        return [.. found];
    }

    private async ValueTask<FoundCopy> FindAsync(CopyQuestion question)
    {
        var before = running.Find(question.Stream); // one that ends in this moment may leave its stream after the copies were looked through
        var found = copies.Find(question.Stream, question.Epoch);
        // Looked for once the fence is raised: an activation that begins to run the stream later heeds it.
        if ((running.Find(question.Stream) ?? before) is not { } activation) return found;
        // The fence that its own question left here is forgotten after a while; its epoch must not be used again.
        var highest = Math.Max(found.Fence, activation.Epoch);
        if (highest >= question.Epoch) return found with { Fence = highest };
        await activation.ReplaceAsync().WaitAsync(Patience, time);
        var left = copies.Find(question.Stream, question.Epoch);
        // The fence of its own question is no news to the asker. That of a later one is: whoever asked that may have what was left by now.
        return left with { Fence = left.Fence > question.Epoch ? left.Fence : highest };
    }

    private void CheckLease()
    {
        if (!lease.IsHeld) throw new OrleansException("This silo does not know itself a member.");
    }
}
