using Malten.Streams.Values;

namespace Malten.Streams.Limits;

/// <summary>Memory that is held for a client while its request is under way: <see cref="TransientBytes{T}"/> counts it.</summary>
public interface ITransient
{
    /// <summary>Whoever makes the node hold it.</summary>
    ClientKey Client { get; }

    /// <summary>How much of it is counted. Whoever counts it locks.</summary>
    long Bytes { get; set; }
}
