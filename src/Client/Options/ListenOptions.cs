namespace Malten.Client;

/// <summary>How to listen.</summary>
public sealed record ListenOptions
{
    /// <summary>Where to begin: <see cref="Cursor.Beginning"/> for all that is held. Null hears only what comes from now on.</summary>
    public Cursor? After { get; init; }

    /// <summary>The label under which others see this listener: 1–32 characters. Null listens without one.</summary>
    public string? User { get; init; }

    /// <summary>For a pipe: one of its two secrets. Not part of the string that <see cref="ToString"/> makes.</summary>
    public string? Seat { get; init; }

    /// <summary>The label alone, without secrets.</summary>
    public override string ToString() => $"{nameof(ListenOptions)} {{ User = {User} }}";
}
