using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Security.Cryptography;
using System.Text;

namespace Malten.Membership;

/// <summary>
/// The seeds, the same on every node and for the whole life of a cluster; their order does not matter. Three bear the loss
/// of one, five of two.
/// </summary>
public sealed class SeedList
{
    /// <summary>More than that would only be slower.</summary>
    public const int MaxSeeds = 9;

    private SeedList(ImmutableArray<SeedAddress> addresses)
    {
        Addresses = addresses;
        Digest = [.. SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', addresses)))];
    }

    /// <summary>The seeds, sorted by their text; their places are their numbers.</summary>
    public ImmutableArray<SeedAddress> Addresses { get; }

    // Tells two nodes whether they were given the same list: with different ones, majorities need not meet.
    internal ImmutableArray<byte> Digest { get; }

    /// <summary>Reads a list of <c>host:port</c>.</summary>
    /// <exception cref="FormatException">One is malformed or listed twice, or there are none or too many.</exception>
    public static SeedList Parse(IEnumerable<string> seeds)
    {
        var addresses = seeds.Select(SeedAddress.Parse).OrderBy(seed => seed.ToString(), StringComparer.Ordinal)
            .ToImmutableArray();
        if (addresses.IsEmpty || addresses.Length > MaxSeeds)
            throw new FormatException($"{addresses.Length} seeds are listed; from 1 to {MaxSeeds} can be.");
        if (addresses.Distinct().Count() != addresses.Length) throw new FormatException("A seed is listed twice.");
        return new SeedList(addresses);
    }

    /// <summary>
    /// The seed whose host is this machine and whose port is <paramref name="port"/>; null if none is. Resolves all names.
    /// </summary>
    /// <exception cref="InvalidOperationException">Two are: the list names one process twice.</exception>
    public async Task<SeedAddress?> FindSelfAsync(int port, CancellationToken cancel = default)
    {
        var own = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Concat([IPAddress.Loopback, IPAddress.IPv6Loopback])
            .Select(Plain).ToHashSet();
        var found = new List<SeedAddress>();
        foreach (var seed in Addresses.Where(seed => seed.Port == port))
        {
            if ((await ResolveAsync(seed.Host, cancel)).Any(address => own.Contains(Plain(address)))) found.Add(seed);
        }

        return found.Count < 2
            ? found.SingleOrDefault()
            : throw new InvalidOperationException($"The seeds {string.Join(" and ", found)} are both this process.");
    }

    private static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancel)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancel);
        }
        catch (System.Net.Sockets.SocketException)
        {
            return [];
        }
    }

    // An IPv6 address without the number of the interface it is on.
    private static IPAddress Plain(IPAddress address) => new(address.GetAddressBytes());
}
