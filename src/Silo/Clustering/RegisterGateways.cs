using System.Net;
using Malten.Membership.Registers;
using Orleans.Messaging;

namespace Malten.Silo.Clustering;

/// <summary>The silos that a node in the role gateway may connect to, read from the register.</summary>
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
            seeds.Node.Register.Adopt(generation); // a client is in no table: it only goes on with the new one
            return await GetGateways();
        }
    }

    private static Uri Address(MembershipEntry entry) => SiloAddress.New(
        new IPEndPoint(entry.SiloAddress.Endpoint.Address, entry.ProxyPort), entry.SiloAddress.Generation).ToGatewayUri();
}
