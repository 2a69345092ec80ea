using System.Globalization;
using System.Net;
using Malten.Gateway.Settings;
using Malten.Gateway.Telemetry;
using Malten.Streams.Limits;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Limits;

/// <summary>
/// Counts every open connection to its client, from before anything of it is read: also one that sends nothing, or no whole
/// request. When there are too many, the youngest of whoever has most are closed, if that is more than twice as many as the newcomer
/// has; otherwise the new one. While memory is short, a client that has several, or has opened several meanwhile, gets no more. Those of
/// trusted proxies are the operator's to limit.
/// </summary>
internal sealed class ConnectionLimit(
    Capacity capacity, MemoryPressure pressure, ClientKeys clients, TimeProvider time, IOptions<GatewayOptions> options, GatewayMetrics metrics)
{
    private const string Limits = "/proc/self/limits"; // Linux, proc(5)
    private const string OpenFiles = "Max open files";
    private const int OtherFiles = 512; // for the program itself and its connections to other nodes

    // Without a file to spare, the server could not even accept a connection in order to close it.
    private readonly int _most = FilesAllowed() is { } files ? Math.Max(1, files - Math.Min(OtherFiles, files / 2)) : int.MaxValue;

    private readonly OpenedWhileShort _opened = new(pressure, time);
    private readonly IPNetwork[] _proxies = [.. options.Value.TrustedNetworks()];

    /// <summary>Runs a connection, if there is a place for it.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address } || IsProxy(address))
        {
            await next(connection);
            return;
        }

        var client = clients.Of(address);
        var isAllowed = _opened.TryOpen(clients.WithNetwork(address), capacity.Shares.Held(client, Resource.Connections));
        using var place = isAllowed ? capacity.AddConnection(client, _most) : null;
        if (place is null)
        {
            metrics.Refused("Connection");
            connection.Abort();
            return;
        }

        connection.Features.Set(place); // for ListeningConnection
        place.OnDismissed(connection.Abort);
        await next(connection);
    }

    private bool IsProxy(IPAddress address)
    {
        if (_proxies.Length == 0) return false;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return Array.Exists(_proxies, proxy => proxy.Contains(address));
    }

    /// <summary>How many files the process may have open; null where that is not known or not limited.</summary>
    private static int? FilesAllowed()
    {
        if (!File.Exists(Limits)) return null;
        var line = File.ReadLines(Limits).FirstOrDefault(line => line.StartsWith(OpenFiles, StringComparison.Ordinal));
        var soft = line?[OpenFiles.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return int.TryParse(soft, CultureInfo.InvariantCulture, out var files) ? files : null;
    }
}
