using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Malten.Membership.Seeds;

/// <summary>
/// The seeds of a cluster, the same on every node for as long as the cluster lives; their order does not matter. Three
/// seeds tolerate the loss of one, five the loss of two.
/// </summary>
public sealed class SeedList
{
    /// <summary>The largest number of seeds: more would only make calls slower.</summary>
    public const int MaxSeeds = 9;

    private SeedList(ImmutableArray<SeedAddress> addresses)
    {
        Addresses = addresses;
        Digest = [.. SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', addresses)))];
    }

    /// <summary>The seeds in the order of their text. A seed's place here is its number.</summary>
    public ImmutableArray<SeedAddress> Addresses { get; }

    // Lets two nodes compare their lists: majorities of different lists need not share a seed.
    internal ImmutableArray<byte> Digest { get; }

    /// <summary>Parses a list of <c>host:port</c>.</summary>
    /// <exception cref="FormatException">
    /// An entry is malformed or listed twice, or the list is empty or too long.
    /// </exception>
    public static SeedList Parse(IEnumerable<string> seeds)
    {
        var addresses = seeds.Select(SeedAddress.Parse).OrderBy(seed => seed.ToString(), StringComparer.Ordinal)
            .ToImmutableArray();
        if (addresses.IsEmpty || addresses.Length > MaxSeeds)
            throw new FormatException($"{addresses.Length} seeds are listed; 1 to {MaxSeeds} are allowed.");
        if (addresses.Distinct().Count() != addresses.Length) throw new FormatException("A seed is listed twice.");
        return new SeedList(addresses);
    }

    /// <summary>
    /// Resolves the listed names and returns the seed whose host is this machine and whose port is
    /// <paramref name="port"/>, or null if there is none.
    /// </summary>
    /// <exception cref="InvalidOperationException">Two entries of the list name this process.</exception>
    public async Task<SeedAddress?> FindSelfAsync(int port, CancellationToken cancel = default)
    {
        var own = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Concat([IPAddress.Loopback, IPAddress.IPv6Loopback])
            .Select(WithoutScope).ToHashSet();
        var found = new List<SeedAddress>();
        foreach (var seed in Addresses.Where(seed => seed.Port == port))
        {
            var addresses = await ResolveAsync(seed.Host, cancel);
            if (addresses.Any(address => own.Contains(WithoutScope(address)))) found.Add(seed);
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
        catch (SocketException)
        {
            return [];
        }
    }

    // The scope id of an IPv6 address numbers the network interface, which a listed address does not name.
    private static IPAddress WithoutScope(IPAddress address) => new(address.GetAddressBytes());
}
