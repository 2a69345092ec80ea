using System.Net;
using System.Net.Sockets;

namespace Malten.Silo.Hosting;

/// <summary>Finds the address under which other nodes reach this one.</summary>
internal static class OwnAddress
{
    /// <summary>The address that was set; else the one from which packets to the seeds would go; else loopback.</summary>
    public static async Task<IPAddress> FindAsync(MaltenClusterOptions options)
    {
        if (options.Advertise.Length > 0) return (await Dns.GetHostAddressesAsync(options.Advertise))[0];
        foreach (var seed in options.ParseSeeds()?.Addresses ?? [])
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
                // not known yet, or no way there: the next one
            }
        }

        return IPAddress.Loopback;
    }
}
