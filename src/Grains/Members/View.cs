using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Malten.Grains.Members;

/// <summary>
/// The silos that hold streams, as one silo sees them at a moment. From a view and a name follow the silos that hold the
/// stream (rendezvous hashing: Thaler and Ravishankar, 1998), so whoever knows the view knows whom to ask, and a silo that
/// comes or goes moves only the streams that it gains or loses.
/// </summary>
internal sealed class View
{
    private readonly ImmutableArray<(SiloAddress Silo, ulong Hash)> _members;

    /// <summary>Makes a view of these silos, in whatever order.</summary>
    public View(IEnumerable<SiloAddress> members)
    {
        var named = members.Select(silo => (Silo: silo, Name: silo.ToParsableString()))
            .OrderBy(member => member.Name, StringComparer.Ordinal).ToList();
        _members = [.. named.Select(member => (member.Silo, Hash(member.Name)))];
        Members = [.. named.Select(member => member.Silo)];
        Id = Hash(string.Join(' ', named.Select(member => member.Name)));
    }

    /// <summary>The silos, in an order that is the same everywhere.</summary>
    public ImmutableArray<SiloAddress> Members { get; }

    /// <summary>The same on every silo that sees the same members.</summary>
    public ulong Id { get; }

    /// <summary>
    /// The silos that hold a stream, the one that it runs on first: <paramref name="count"/> of them, or all where there are
    /// fewer.
    /// </summary>
    public SiloAddress[] Candidates(string name, int count)
    {
        var hash = Hash(name);
        return [.. _members.OrderByDescending(member => Mix(member.Hash ^ hash)).Take(count).Select(member => member.Silo)];
    }

    private static ulong Hash(string text) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The finalizer of SplitMix64 (Steele, Lea and Flood, 2014): every bit of the input sways every bit of the result.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
