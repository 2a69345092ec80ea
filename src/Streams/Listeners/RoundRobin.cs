namespace Malten.Streams.Listeners;

/// <summary>
/// What several parts have: of each the first, then of each the second, and so on. The parts are gone through no further than is
/// asked for, so the first few of very many cost little.
/// </summary>
internal static class RoundRobin
{
    /// <summary>The items of these parts, each with what stands for its part.</summary>
    public static IEnumerable<(object Part, T Item)> Of<T>(IEnumerable<IEnumerable<T>> parts) =>
        Of(parts.Select(part => part.GetEnumerator()).Where(part => part.MoveNext()), part => part.MoveNext() ? part : null)
            .Select(part => ((object)part, part.Current));

    /// <summary>What these parts have, given the first of each that has any.</summary>
    /// <param name="firsts">The first of each part.</param>
    /// <param name="next">What follows in its part; null after the last.</param>
    public static IEnumerable<T> Of<T>(IEnumerable<T> firsts, Func<T, T?> next) where T : class
    {
        var turns = new Queue<T>();
        foreach (var first in firsts)
        {
            yield return first;
            if (next(first) is { } second) turns.Enqueue(second);
        }

        while (turns.TryDequeue(out var one))
        {
            yield return one;
            if (next(one) is { } following) turns.Enqueue(following);
        }
    }
}
