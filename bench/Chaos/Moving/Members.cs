using Malten.Grains.Members;
using Malten.Membership;
using Malten.Membership.Registers;
using Malten.Membership.Seeds;
using Malten.Membership.Table;
using Malten.Testing.Nodes;

namespace Malten.Bench.Chaos.Moving;

/// <summary>What the seeds know of the cluster: who its members are, and who lost its place though nobody ended it.</summary>
internal sealed class Members(ProcessCluster cluster) : IAsyncDisposable
{
    private const int Tries = 10;

    // As the nodes have the list: each seed's register is at the port after that of its silo.
    private readonly RegisterNode _register = new(new RegisterNodeOptions
    {
        Seeds = SeedList.Parse(cluster.Nodes.Select(node => $"127.0.0.1:{node.SiloPort + 1}")),
    });

    private readonly HashSet<string> _ended = [];

    /// <summary>The members now. From their view and the name of a stream follows who holds it.</summary>
    public async Task<View> LookAsync() =>
        new((await RowsAsync()).Where(row => row.Status == MemberStatus.Active).Select(AddressOf));

    /// <summary>The process of a node is about to be ended, so that it is no loss when its place is.</summary>
    public async Task ExpectEndAsync(Node node) =>
        _ended.UnionWith((await RowsAsync()).Where(row => AddressOf(row).Endpoint.Port == node.SiloPort).Select(row => row.Address));

    /// <summary>How many members so far lost their place though their process was not ended.</summary>
    public async Task<int> CountLostAsync() =>
        (await RowsAsync()).Count(row => row.Status == MemberStatus.Dead && !_ended.Contains(row.Address));

    public ValueTask DisposeAsync() => _register.DisposeAsync();

    private async Task<IReadOnlyList<MemberRow>> RowsAsync()
    {
        for (var tried = 1; ; tried++)
        {
            try
            {
                return [.. (await _register.Table.ReadAllAsync()).Rows.Select(tagged => tagged.Row)];
            }
            catch (RegisterException) when (tried < Tries)
            {
                // a seed was ended just now
            }
        }
    }

    private static SiloAddress AddressOf(MemberRow row) => SiloAddress.FromParsableString(row.Address);
}
