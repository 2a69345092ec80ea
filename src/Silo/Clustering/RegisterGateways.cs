using System.Net;
using Malten.Membership.Registers;
using Orleans.Messaging;

namespace Malten.Silo.Clustering;

/// <summary>Lists the silos to which a node in the role gateway may connect, from the register.</summary>
internal sealed class RegisterGateways(SeedRegister seeds) : IGatewayListProvider
{
    public TimeSpan MaxStaleness => TimeSpan.FromSeconds(5);

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => seeds.StartAsync();

    public async Task<IList<Uri>> GetGateways()
    {
        try
        {
            var table = await seeds.Node.Table.ReadAllAsync();
            return [.. table.Rows.Select(tagged => MemberRows.Read(tagged.Row))
                .Where(entry => entry is { Status: SiloStatus.Active, ProxyPort: > 0 }).Select(Address)];
        }
        catch (RegisterException changed) when (changed.Generation is { } generation)
        {
            seeds.Node.Register.Adopt(generation); // a client has no row that it could lose, so it just goes on
            return await GetGateways();
        }
    }

    private static Uri Address(MembershipEntry entry) => SiloAddress.New(
        new IPEndPoint(entry.SiloAddress.Endpoint.Address, entry.ProxyPort), entry.SiloAddress.Generation).ToGatewayUri();
}
