namespace Malten.Streams.Values;

/// <summary>
/// The name that a user chooses to show: 1–32 characters, no control characters, not blank. A label, not an identity.
/// </summary>
public readonly record struct UserLabel
{
    private UserLabel(string value) => Value = value;

    /// <summary>The label as it was given.</summary>
    public string Value { get; }

    /// <summary>Reads a label.</summary>
    /// <exception cref="StreamRefusedException">It is outside the limits.</exception>
    public static UserLabel Parse(string value)
    {
        Characters.Check(value, StreamLimits.UserLength, "user");
        if (string.IsNullOrWhiteSpace(value))
            throw StreamRefusedException.BadValue("user", "'user' is blank; leave it out or give 1 to 32 characters.");
        if (value.Any(char.IsControl))
            throw StreamRefusedException.BadValue("user", "'user' may not contain control characters.");
        return new UserLabel(value);
    }

    /// <inheritdoc/>
    public override string ToString() => "(user)"; // a label must not reach a log by interpolation
}
