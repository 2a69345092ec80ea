using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Listeners;

/// <summary>The listeners of one client to one stream on this node, or of one network. Guarded by the owner of the board, except as stated.</summary>
public sealed class Crowd
{
    private int _count;

    internal Crowd(ClientKey client, Crowd? network = null) => (Client, Network) = (client, network);

    /// <summary>
    /// With whom they are told who listens. A network weighs an eighth of what its clients have together, as elsewhere. It may be
    /// asked from any thread.
    /// </summary>
    public Audience Audience => Client == default ? Audience.Few // whoever comes from no address is in nobody's crowd
        : (Audience)Math.Max((byte)Audiences.Of(Volatile.Read(ref _count)), (byte)(Network?.AudienceOfNetwork ?? Audience.Nobody));

    internal Audience AudienceOfNetwork => Audiences.Of(Volatile.Read(ref _count) / Shares.ClientsOfNetwork);

    internal ClientKey Client { get; }

    internal Crowd? Network { get; }

    internal int Count => _count;

    /// <summary>Its listeners, in the order in which they came; none of a network.</summary>
    internal LinkedList<Attendance> Listeners { get; } = [];

    /// <summary>Counts so many more, to the network too.</summary>
    internal void Add(int listeners)
    {
        _count += listeners;
        Network?.Add(listeners);
    }
}
