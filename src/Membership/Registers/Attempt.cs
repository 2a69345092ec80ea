using Malten.Membership.Protocol;

namespace Malten.Membership.Registers;

/// <summary>
/// One change in progress. It takes effect at most once, however often it is tried: all tries carry one id, and an
/// entry names the ids of the last changes that led to it. A try that finds its id there knows that an earlier try took
/// effect. A try that finds an entry which names every change since the first try, but not its id, may go ahead.
/// </summary>
/// <param name="id">The id of the change.</param>
/// <param name="change">Makes the new value from the old one; null leaves it.</param>
/// <param name="bound">The only generation in which the change may happen; null for the first that is found.</param>
internal sealed class Attempt(Guid id, Func<byte[]?, byte[]?> change, Generation? bound)
{
    private Generation? _sentIn;
    private long _base;

    /// <summary>Whether a changed entry was sent, so that it may have been accepted.</summary>
    public bool IsUncertain => _sentIn is not null;

    /// <summary>Decides what to do with the entry that a majority holds.</summary>
    public Step Next(Reading current)
    {
        if ((bound ?? _sentIn ?? current.Generation) != current.Generation)
            return Leave(current, RegisterOutcome.GenerationChanged);
        if (current.Entry.Writes.Contains(id)) return Leave(current, RegisterOutcome.Changed);
        if (IsUncertain && !current.Entry.Covers(_base)) return Leave(current, RegisterOutcome.Unknown);
        if (change(current.Entry.Value) is not { } value) return Leave(current, RegisterOutcome.Unchanged);
        var changed = current with { Entry = current.Entry.Append(id, value) };
        return new Step(changed.Entry, true, changed.As(RegisterOutcome.Changed));
    }

    /// <summary>Notes that the step is about to be sent.</summary>
    public void Sending(Step step, Reading current)
    {
        if (!step.Writes) return;
        _base = IsUncertain ? Math.Min(_base, current.Entry.Version) : current.Entry.Version;
        _sentIn = current.Generation;
    }

    private static Step Leave(Reading current, RegisterOutcome outcome) =>
        new(current.Entry, false, current.As(outcome));
}

/// <summary>The entry that a majority should accept next, and the result of the call once it has.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Writes">Whether the entry is changed, rather than the one that was read.</param>
/// <param name="Result">The result of the call.</param>
internal sealed record Step(Entry Entry, bool Writes, RegisterResult Result);
