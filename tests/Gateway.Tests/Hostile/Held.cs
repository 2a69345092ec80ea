using Malten.Gateway.Requests;
using Malten.Streams.Limits;
using Malten.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Gateway.Tests.Hostile;

/// <summary>What a node holds for its clients.</summary>
internal static class Held
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>Waits until all connections have ended, and lets the streams that began end too: nothing is held then, or counted to anybody.</summary>
    public static async Task UntilNothingAsync(GatewayHost host)
    {
        var (capacity, unread) = (host.Services.GetRequiredService<Capacity>(), host.Services.GetRequiredService<UnreadBodies>());
        await Eventually.IsSoAsync(() =>
        {
            host.Time.Advance(Heartbeat); // shows who has gone with more sent than the node reads
            return capacity.Listeners == 0 && unread.Bytes == 0;
        });
        await Eventually.IsSoAsync(() =>
        {
            host.Time.Advance(TimeSpan.FromDays(2)); // more than once: a request that waited for its turn may have begun a stream meanwhile
            return (capacity.Streams, capacity.Bytes, capacity.Shares.Clients, capacity.Shares.Networks, unread.Clients) == (0, 0, 0, 0, 0);
        });
    }
}
