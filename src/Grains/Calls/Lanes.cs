using System.Collections.Concurrent;

namespace Malten.Grains.Calls;

/// <summary>
/// Items on their way to several places, many to a call: those to one place that come while a call is under way travel
/// together in the next one. Each gets an answer, or a failure, of its own.
/// </summary>
/// <typeparam name="TPlace">Where items go.</typeparam>
/// <typeparam name="TItem">What goes there.</typeparam>
/// <typeparam name="TAnswer">What comes back for each item.</typeparam>
/// <param name="call">
/// Makes a call with items in the order in which they came, and returns an answer for each, in the same order. Where it
/// returns fewer, the other items go with the next call; it must answer the first one.
/// </param>
/// <param name="bytesOf">The size of an item, about.</param>
/// <param name="time">The clock of the host.</param>
/// <param name="mostItems">How many items travel together at most.</param>
internal sealed class Lanes<TPlace, TItem, TAnswer>(
    Func<TPlace, TItem[], Task<TAnswer[]>> call, Func<TItem, int> bytesOf, TimeProvider time, int mostItems = 256)
    where TPlace : notnull
{
    // A call stays short on a slow link, and others come in between.
    private const int MostBytes = 128 * 1024;

    // A call that was lost, or that waits for something, must not hold up the items after it.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<TPlace, Lane> _lanes = new();

    /// <summary>The places to which something is on its way.</summary>
    public int Count => _lanes.Count;

    /// <summary>Sends an item: at once if no call to that place is under way.</summary>
    public Task<TAnswer> SendAsync(TPlace place, TItem item)
    {
        var sent = new Sent(item);
        while (true)
        {
            var lane = _lanes.GetOrAdd(place, static _ => new Lane());
            lock (lane)
            {
                if (lane.IsGone) continue; // between the look-up and the lock: another takes its place
                lane.Waiting.Enqueue(sent);
                if (lane.IsRunning) return sent.Task;
                lane.IsRunning = true;
            }

            Run(place, lane);
            return sent.Task;
        }
    }

    // Neither on the scheduler of the grain that happened to come first, nor with what flows with its call.
    private void Run(TPlace place, Lane lane)
    {
        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        if (TaskScheduler.Current == TaskScheduler.Default) _ = RunAsync(place, lane);
        else _ = Task.Run(() => RunAsync(place, lane));
    }

    private async Task RunAsync(TPlace place, Lane lane)
    {
        while (Take(place, lane) is { Count: > 0 } batch)
            await CallAsync(place, batch).WaitAsync(Patience, time)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <summary>What the next call takes along; nothing when nothing waits, and the lane is gone.</summary>
    private List<Sent> Take(TPlace place, Lane lane)
    {
        var (batch, bytes) = (new List<Sent>(), 0);
        lock (lane)
        {
            while (batch.Count < mostItems && lane.Waiting.TryPeek(out var next))
            {
                bytes += bytesOf(next.Item);
                if (batch.Count > 0 && bytes > MostBytes) break;
                batch.Add(lane.Waiting.Dequeue());
            }

            if (batch.Count > 0) return batch;
            lane.IsGone = true;
            _lanes.TryRemove(KeyValuePair.Create(place, lane));
            return batch;
        }
    }

    /// <summary>Does not fail: whoever sent an item hears of it.</summary>
    private async Task CallAsync(TPlace place, List<Sent> batch)
    {
        try
        {
            while (batch.Count > 0)
            {
                var answers = await call(place, [.. batch.Select(sent => sent.Item)]);
                if (answers.Length == 0) throw new OrleansException("A call answered nothing.");
                foreach (var (index, answer) in answers.Index()) batch[index].TrySetResult(answer);
                batch = batch[answers.Length..];
            }
        }
        catch (Exception failure) // of any kind: each sender decides what to make of it
        {
            foreach (var sent in batch) sent.TrySetException(failure);
        }
    }

    /// <summary>What waits for the next call to one place; its lock guards it.</summary>
    private sealed class Lane
    {
        public Queue<Sent> Waiting { get; } = new();

        public bool IsRunning { get; set; }

        /// <summary>Whether it is no longer in the table.</summary>
        public bool IsGone { get; set; }
    }

    /// <summary>An item, and the answer that its sender waits for.</summary>
    private sealed class Sent(TItem item) : TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TItem Item => item;
    }
}
