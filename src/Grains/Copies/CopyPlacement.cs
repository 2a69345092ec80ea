using System.Security.Cryptography;
using System.Text;
using Malten.Grains.Members;
using Malten.Streams.Values;

namespace Malten.Grains.Copies;

/// <summary>
/// Chooses the silo that holds a stream's second copy, by rendezvous hashing: each silo gets about the same number of
/// copies, and few of them move when a silo joins or leaves.
/// </summary>
internal sealed class CopyPlacement(ClusterView view)
{
    /// <summary>
    /// The current holder as long as it is active; otherwise the active silo with the highest hash for this name, except
    /// those where storing has just failed. When storing has failed on every other silo, <paramref name="failed"/> is
    /// cleared and all are tried again. Null when there is no other silo.
    /// </summary>
    public SiloAddress? Choose(StreamName name, SiloAddress? current, HashSet<SiloAddress> failed)
    {
        if (current is not null && view.IsActive(current)) return current;
        var others = view.Active.Where(silo => !silo.Equals(view.Self)).ToList();
        if (others.TrueForAll(failed.Contains)) failed.Clear();
        return others.Where(silo => !failed.Contains(silo)).MaxBy(silo => Hash($"{silo.ToParsableString()} {name.Value}"));
    }

    /// <summary>The same in every process, which <see cref="string.GetHashCode()"/> is not.</summary>
    private static ulong Hash(string text) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
