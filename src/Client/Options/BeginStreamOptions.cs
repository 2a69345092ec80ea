namespace Malten.Client;

/// <summary>Which stream to begin.</summary>
public sealed record BeginStreamOptions
{
    /// <summary>Its name: 1–128 characters. Null makes a random name of 128 bits, which nobody guesses.</summary>
    public string? Stream { get; init; }

    /// <summary>Whether it is kept off the public list.</summary>
    public bool Private { get; init; }

    /// <summary>How long it lives after its last message: 1–86,400 whole seconds. Null takes the server's default, 1024 s.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>
    /// How many of the newest messages the servers hold: 0–1024. With 0 a message goes to whoever listens and is forgotten. Null
    /// takes the server's default, 1024.
    /// </summary>
    public int? Keep { get; init; }
}
