using Malten.Testing.Contract;
using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>
/// <c>Orleans:Clustering:ProviderType</c> puts another table in place of the register. The one here comes with Orleans
/// itself and lives in the first silo; those of Redis and others register themselves in the same way.
/// </summary>
public sealed class OtherTableTests
{
    private const string Section = "--Orleans:Clustering:";

    [Fact]
    public async Task Silos_and_gateways_meet_in_it_without_seeds()
    {
        using var http = new HttpClient();
        using var cluster = ProcessCluster.OnLoopback(3);
        var first = cluster.Nodes[0].SiloPort;
        foreach (var silo in cluster.Nodes)
            silo.More = ["--seeds", "", $"{Section}ProviderType", "Development", $"{Section}PrimarySiloEndPoint", $"127.0.0.1:{first}"];
        await cluster.StartAsync(http);
        var gateway = await cluster.AddAsync(http, "--seeds", "127.0.0.1:1", "--role", "gateway",
            $"{Section}ProviderType", "Development", $"{Section}Gateways:0", $"127.0.0.1:{first + 2}");

        var api = new Api([.. cluster.Nodes.Select(node => new Uri(node.Url))]);
        await using var listener = await api.HearAsync("meeting");
        for (var number = 0; number < cluster.Nodes.Count; number++)
        {
            (await api.PostAsync("/messages", ("stream", "meeting"), ("message", $"{number}"))).Ok();
            await listener.HearsAsync($"{number}");
        }

        foreach (var node in cluster.Nodes)
            Assert.Contains("\"3\"", await http.GetStringAsync($"{node.Url}/messages?stream=meeting"), StringComparison.Ordinal);
        Assert.Contains("Malten is up", gateway.Log, StringComparison.Ordinal);
        await api.DisposeAsync();
    }
}
