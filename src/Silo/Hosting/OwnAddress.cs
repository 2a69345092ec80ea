using System.Net;
using System.Net.Sockets;
using Malten.Membership.Seeds;

namespace Malten.Silo.Hosting;

/// <summary>Finds the address under which other nodes reach this one.</summary>
internal static class OwnAddress
{
    private const int Attempts = 20;

    /// <summary>
    /// The address that was set; else the one from which packets to the seeds would go, rather not loopback, which a host
    /// may know its own name as. Waits a while for names that can't be resolved yet.
    /// </summary>
    public static async Task<IPAddress> FindAsync(MaltenClusterOptions options)
    {
        if (options.Advertise.Length > 0) return (await Dns.GetHostAddressesAsync(options.Advertise))[0];
        var seeds = options.ParseSeeds()?.Addresses ?? [];
        for (var attempt = 0; attempt < Attempts && !seeds.IsEmpty; attempt++)
        {
            var found = new List<IPAddress>();
            foreach (var seed in seeds)
                if (await WayToAsync(seed) is { } address)
                    found.Add(address);
            if (found.Count > 0) return found.Find(address => !IPAddress.IsLoopback(address)) ?? found[0];
            await Task.Delay(TimeSpan.FromSeconds(1));
        }

        return IPAddress.Loopback;
    }

    private static async Task<IPAddress?> WayToAsync(SeedAddress seed)
    {
        try
        {
            var address = (await Dns.GetHostAddressesAsync(seed.Host))
                .OrderBy(one => one.AddressFamily == AddressFamily.InterNetworkV6).First();
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(address, seed.Port); // sends nothing: asks the routing table
            return ((IPEndPoint)socket.LocalEndPoint!).Address;
        }
        catch (SocketException)
        {
            return null; // not known yet, or no way there
        }
    }
}
