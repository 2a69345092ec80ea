namespace Malten.Streams.Listeners;

/// <summary>
/// Who is told together who listens to a stream: the listeners of clients that have about as many of them. What it takes to tell a
/// crowd thus makes presence come more seldom to that crowd, and not to everybody else.
/// </summary>
[Flags]
public enum Audience : byte
{
    /// <summary>No listeners.</summary>
    Nobody = 0,

    /// <summary>The listeners of clients that have at most 8.</summary>
    Few = 1,

    /// <summary>The listeners of clients that have at most 64.</summary>
    Dozens = 2,

    /// <summary>The listeners of clients that have at most 512.</summary>
    Hundreds = 4,

    /// <summary>The listeners of clients that have more.</summary>
    Thousands = 8,

    /// <summary>All listeners.</summary>
    Everybody = Few | Dozens | Hundreds | Thousands,
}

/// <summary>The audiences that there are.</summary>
public static class Audiences
{
    /// <summary>Each of them, the smallest first.</summary>
    public static IReadOnlyList<Audience> All { get; } = [Audience.Few, Audience.Dozens, Audience.Hundreds, Audience.Thousands];

    /// <summary>To which of them a client belongs that has so many listeners.</summary>
    public static Audience Of(int listeners) => listeners switch
    {
        <= 8 => Audience.Few,
        <= 64 => Audience.Dozens,
        <= 512 => Audience.Hundreds,
        _ => Audience.Thousands,
    };
}
