using System.Net;
using Malten.Testing;
using Malten.Testing.Hostile;

namespace Malten.Gateway.Tests.Hostile;

/// <summary>A listener has nothing to say: what it sends stays in its own system's buffers. It measures memory, so nothing may run beside it.</summary>
[Collection(nameof(Undisturbed))]
public sealed class TalkingListenerTests : GatewayTests
{
    private static readonly IPAddress Loud = IPAddress.Parse("127.0.5.1");

    private const int Talkers = 16;

    [Fact]
    public async Task A_listener_that_goes_on_sending_has_little_of_it_taken()
    {
        var (host, _) = await StartAsync();
        var talkers = new List<AttackConnection>();
        for (var i = 0; i < Talkers; i++)
        {
            talkers.Add(await AttackConnection.OpenAsync(host.Address, Loud, CancellationToken.None));
            await talkers[i].SendAsync("GET /events?stream=s HTTP/1.1\r\nHost: a\r\n\r\n", CancellationToken.None);
            Assert.Equal(200, (await talkers[i].ReadHeadAsync(CancellationToken.None))?.Status);
        }

        var unread = new byte[32 * 1024 * 1024]; // more than the buffers of the system hold
        var before = GC.GetTotalMemory(true);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));
        await Task.WhenAll(talkers.Select(talker => // none can send it all
            Assert.ThrowsAnyAsync<OperationCanceledException>(() => talker.SendAsync(unread, patience.Token))));
        // What is in use for a moment only is given back; what these have sent would stay.
        await Eventually.IsSoAsync(() => GC.GetTotalMemory(true) - before <= Talkers * 256 * 1024);
        foreach (var talker in talkers) talker.Dispose();
    }
}
