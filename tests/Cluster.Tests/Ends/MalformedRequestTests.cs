using Malten.Testing.Hostile.Malformed;

namespace Malten.Cluster.Tests.Ends;

/// <summary>Requests with something wrong in them, made at random, leave nothing in a cluster either.</summary>
public sealed class MalformedRequestTests(BusyCollector cluster) : IClassFixture<BusyCollector>
{
    private const int Requests = 2000;

    [Fact]
    public async Task They_are_no_fault_of_the_server_and_leave_no_activation_copy_feed_or_timer()
    {
        await cluster.UntilNothingIsLeftAsync();
        var seed = Random.Shared.Next(1_000_000);
        var gateway = await ClusterContractHost.StartGatewayAsync(cluster.Brokers[0], cluster.Host.Relays[0], cluster.Time);
        try
        {
            var malformed = new MalformedRequests(new Uri(gateway.Urls.First()), "canary", seed);
            await malformed.SendAsync(0, Requests);
            Assert.True(malformed.Answers.Keys.All(status => status is < 500 or 503 or 505), $"seed {seed}: {string.Join(", ", malformed.Answers)}");
            Assert.All([200, 201, 400, 403], status => Assert.Contains(status, malformed.Answers)); // so they reach the cluster
        }
        finally
        {
            await gateway.StopAsync();
            await gateway.DisposeAsync();
        }

        await cluster.Host.AdvanceAsync(TimeSpan.FromDays(2));
        await cluster.UntilNothingIsLeftAsync();
    }
}
