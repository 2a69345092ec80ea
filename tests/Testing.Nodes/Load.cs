namespace Malten.Testing.Nodes;

/// <summary>What a <see cref="Trial"/> puts on a cluster.</summary>
/// <param name="Streams">Streams that are posted to all the time.</param>
/// <param name="Posters">Clients that post to them, 50 times a second at most.</param>
/// <param name="Listeners">Clients that hear one of them each.</param>
/// <param name="Readers">Clients that read their pages, ten times a second at most.</param>
/// <param name="Untouched">Streams that get one message each at the beginning; nobody asks for them until the end.</param>
public sealed record Load(int Streams, int Posters, int Listeners, int Readers = 3, int Untouched = 100)
{
    /// <summary>Nothing, for a scenario that has a load of its own.</summary>
    public static Load None { get; } = new(Streams: 0, Posters: 0, Listeners: 0, Readers: 0, Untouched: 0);
}
