namespace Malten.Membership;

/// <summary>
/// One change on its way, which takes effect at most once however often it is tried. All tries carry one id, and an entry
/// names the last ids that led to it. So a try that finds its id there has been successful before; one that finds an
/// entry whose history reaches back to what the first try was based on, without the id, can try again.
/// </summary>
internal sealed class Attempt(Guid id, Func<byte[]?, byte[]?> change, Generation? bound)
{
    private Generation? _sentIn;
    private long _base;

    /// <summary>Whether a changed entry was sent, so that it may have been accepted.</summary>
    public bool IsUncertain => _sentIn is not null;

    public Step Next(Reading found)
    {
        if ((bound ?? _sentIn ?? found.Generation) != found.Generation)
            return Leave(found, RegisterOutcome.GenerationChanged);
        if (found.Entry.Writes.Contains(id)) return Leave(found, RegisterOutcome.Changed);
        if (IsUncertain && !found.Entry.Covers(_base)) return Leave(found, RegisterOutcome.Unknown);
        if (change(found.Entry.Value) is not { } value) return Leave(found, RegisterOutcome.Unchanged);
        var changed = found with { Entry = found.Entry.Append(id, value) };
        return new Step(changed.Entry, true, changed.As(RegisterOutcome.Changed));
    }

    public void Sending(Step step, Reading found)
    {
        if (!step.Writes) return;
        _base = IsUncertain ? Math.Min(_base, found.Entry.Version) : found.Entry.Version;
        _sentIn = found.Generation;
    }

    private static Step Leave(Reading found, RegisterOutcome outcome) => new(found.Entry, false, found.As(outcome));
}
