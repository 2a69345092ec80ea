using Malten.Testing;
using Malten.Testing.Hostile;

namespace Malten.Gateway.Tests.Hostile;

/// <summary>
/// The attacks of <c>bench/Hostile</c>, short: ordinary clients are served meanwhile, and nothing stays. How fast they are
/// served, and how much memory it takes, is measured there.
/// </summary>
public sealed class AttackTests : GatewayTests
{
    private const int Ordinary = 5;
    private const int Each = 20;
    private const int Done = 300;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static TheoryData<string, int> Attacks =>
        [.. from attack in Attack.All from addresses in new[] { 1, 20 } select new TheoryDataRow<string, int>(attack.Name, addresses)];

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Ordinary_clients_are_served_meanwhile_and_nothing_stays(string attack, int addresses)
    {
        var (host, _) = await StartAsync("--Malten:PostsPerSecondPerClient=1000", "--Malten:PostsPerSecondPerClientAndStream=20",
            "--Malten:PostBurstPerClientAndStream=200", "--Malten:RequestsPerSecondWhenBusy=50");
        await using (var crowd = await OrdinaryCrowd.StartAsync(Ordinary, host.Addresses, Patience))
        {
            using var stop = new CancellationTokenSource();
            var assault = new Assault(host.Addresses, Addresses.Attackers(addresses), new AttackPace(double.PositiveInfinity, Done), 1, stop.Token);
            var attacking = Attack.All.Single(one => one.Name == attack).RunAsync(assault);
            await crowd.ActAsync(Each);
            await Eventually.IsSoAsync(() => assault.Done >= Done / 2);
            await stop.CancelAsync();
            await attacking;
            Assert.Equal(Ordinary * Each, crowd.Done.Count);
            Assert.All(crowd.Done, done => Assert.True(done.Took is not null, $"{done.Kind}: {done.Fault}"));
        }

        await Held.UntilNothingAsync(host);
    }
}
