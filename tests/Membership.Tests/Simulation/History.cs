using System.Runtime.InteropServices;
using Malten.Membership.Protocol;
using Malten.Membership.Registers;

namespace Malten.Membership.Tests.Simulation;

/// <summary>
/// All calls of one simulated run. Each change appends the id of its call to a list, so a value shows the order of all
/// changes that led to it, and linearizability can be decided exactly and fast.
/// </summary>
internal sealed class History
{
    private readonly List<Operation> _operations = [];

    public string? Failure { get; set; }

    public int Count => _operations.Count;

    public IReadOnlyList<Operation> Operations => _operations;

    public static byte[] Append(byte[]? value, int id) =>
        [.. value ?? [], .. BitConverter.GetBytes(id)];

    public static int[] Read(byte[] value) => MemoryMarshal.Cast<byte, int>(value).ToArray();

    public Operation Begin(long now, int host)
    {
        var operation = new Operation(_operations.Count, host, now);
        _operations.Add(operation);
        return operation;
    }

    public void End(Operation operation, long now, RegisterResult result)
    {
        operation.End = now;
        operation.Result = result;
    }

    /// <summary>Says why the history is wrong; null if some order of all calls explains it.</summary>
    public string? Explain()
    {
        if (Failure is not null) return Failure;
        var seen = _operations.Where(operation => operation.Result?.Succeeded == true)
            .GroupBy(operation => operation.Result!.Generation!.Value)
            .ToDictionary(group => group.Key, group => group.ToList());
        var impossible = _operations.Where(operation =>
                operation.Result?.Outcome is RegisterOutcome.NoQuorum or RegisterOutcome.Unchanged)
            .Select(operation => operation.Id).ToHashSet();
        var lost = _operations.Where(operation => operation.Result?.Outcome == RegisterOutcome.GenerationChanged)
            .ToLookup(operation => operation.Result!.Generation!.Value, operation => operation.Id);
        foreach (var (generation, operations) in seen)
        {
            if (ExplainOne(operations, [.. impossible, .. lost[generation]]) is { } reason)
                return $"In {generation}: {reason}";
        }

        return ExplainOrder(seen);
    }

    private static string? ExplainOne(List<Operation> operations, HashSet<int> impossible)
    {
        // Every value must be a prefix of every longer one.
        var byLength = operations.OrderBy(operation => operation.Value.Length).ToList();
        for (var i = 1; i < byLength.Count; i++)
        {
            if (!byLength[i].Value.AsSpan().StartsWith(byLength[i - 1].Value))
                return $"two histories: {byLength[i - 1]} and {byLength[i]}";
        }

        var order = byLength[^1].Value;
        if (order.Distinct().Count() != order.Length) return $"a change happened twice: {byLength[^1]}";
        if (order.FirstOrDefault(impossible.Contains, -1) is var wrong and >= 0)
            return $"#{wrong} did nothing, and happened";

        var longest = 0;
        Operation? before = null;
        var ends = operations.OrderBy(operation => operation.End).ToList();
        var next = 0;
        foreach (var operation in operations.OrderBy(operation => operation.Start))
        {
            for (; next < ends.Count && ends[next].End < operation.Start; next++)
            {
                if (ends[next].Value.Length <= longest) continue;
                longest = ends[next].Value.Length;
                before = ends[next];
            }

            var place = operation.Result!.Outcome == RegisterOutcome.Changed
                ? Array.IndexOf(operation.Value, operation.Id)
                : operation.Value.Length;
            if (place < 0) return $"a change is not in its own value: {operation}";
            if (place < longest) return $"{operation} does not see {before}, which ended before it began";
        }

        return null;
    }

    // One generation is over before another begins: the generations have an order in which no call of a later one ended
    // before a call of an earlier one began.
    private static string? ExplainOrder(Dictionary<Generation, List<Operation>> seen)
    {
        var left = seen.ToDictionary(
            pair => pair.Key, pair => (Start: pair.Value.Max(one => one.Start), End: pair.Value.Min(one => one.End)));
        while (left.Count > 0)
        {
            var first = left.Where(one => left.All(other => other.Key == one.Key || other.Value.End >= one.Value.Start))
                .Select(one => (Generation?)one.Key).FirstOrDefault();
            if (first is null) return $"generations took turns: {string.Join(", ", left.Keys)}";
            left.Remove(first.Value);
        }

        return null;
    }
}
