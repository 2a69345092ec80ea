using System.Net;
using System.Net.Sockets;
using Malten.Streams.Limits;
using Malten.Testing;
using Malten.Testing.Contract;
using Malten.Testing.Hostile;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Gateway.Tests;

/// <summary>Connections are counted to their clients before they have sent anything.</summary>
public sealed class ConnectionLimitTests : GatewayTests
{
    private static readonly IPAddress Loud = IPAddress.Parse("127.0.5.1");

    private readonly List<AttackConnection> _silent = [];

    [Fact]
    public async Task Those_of_whoever_has_most_are_closed_for_others_the_youngest_first()
    {
        var (host, _) = await StartAsync("--Malten:MaxConnections=10");
        var capacity = host.Services.GetRequiredService<Capacity>();
        for (var i = 0; i < 10; i++)
        {
            _silent.Add(await OpenAsync(host, Loud));
            await Eventually.IsSoAsync(() => capacity.Connections == _silent.Count);
        }

        Assert.True(await IsTurnedAwayAsync(host));
        var quiet = Use(new Api(host.Addresses, IPAddress.Parse("127.0.6.1")));
        await quiet.HearAsync("s");
        (await PostAsync(quiet, "s")).Ok();
        Assert.True(await IsClosedAsync(_silent[9]));
        Assert.True(await IsClosedAsync(_silent[8]));
        await _silent[0].SendAsync("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", CancellationToken.None);
        Assert.Equal(200, await _silent[0].ReadAnswerAsync(CancellationToken.None));
        Assert.Equal((10, 8), (capacity.Connections, capacity.Shares.Held(Client(host), Resource.Connections)));
        foreach (var one in _silent) one.Dispose();
        await Eventually.IsSoAsync(() => capacity.Connections == 2);
    }

    [Fact]
    public async Task One_on_which_somebody_listens_is_closed_after_those_that_wait_for_a_request()
    {
        var (host, _) = await StartAsync("--Malten:MaxConnections=10");
        var capacity = host.Services.GetRequiredService<Capacity>();
        for (var i = 0; i < 9; i++) _silent.Add(await OpenAsync(host, Loud));
        await Eventually.IsSoAsync(() => capacity.IdleConnections == 9);
        using var listening = await OpenAsync(host, Loud); // the youngest
        await listening.SendAsync("GET /events?stream=s HTTP/1.1\r\nHost: a\r\n\r\n", CancellationToken.None);
        Assert.Equal(200, (await listening.ReadHeadAsync(CancellationToken.None))?.Status);
        await Eventually.IsSoAsync(() => (capacity.Connections, capacity.IdleConnections) == (10, 9));
        var quiet = Use(new Api(host.Addresses, IPAddress.Parse("127.0.6.1")));
        (await PostAsync(quiet, "s", "still here")).Ok();
        await Task.WhenAny(_silent.Select(IsClosedAsync));
        string? line;
        do line = await listening.ReadLineAsync(CancellationToken.None);
        while (line?.Contains("still here", StringComparison.Ordinal) == false);
        Assert.NotNull(line);
        foreach (var one in _silent) one.Dispose();
    }

    [Fact]
    public async Task That_of_a_listener_whose_place_is_needed_is_closed_with_it()
    {
        var (host, _) = await StartAsync("--Malten:MaxListeners=2");
        var capacity = host.Services.GetRequiredService<Capacity>();
        for (var i = 0; i < 2; i++)
        {
            _silent.Add(await OpenAsync(host, Loud));
            await _silent[i].SendAsync("GET /events?stream=s HTTP/1.1\r\nHost: a\r\n\r\n", CancellationToken.None);
            Assert.Equal(200, (await _silent[i].ReadHeadAsync(CancellationToken.None))?.Status);
        }

        var quiet = Use(new Api(host.Addresses, IPAddress.Parse("127.0.6.1")));
        await quiet.HearAsync("s");
        Assert.True(await IsClosedAsync(_silent[1]));
        await Eventually.IsSoAsync(() => capacity.Shares.Held(Client(host), Resource.Connections) == 1);
        _silent[0].Dispose();
    }

    [Fact]
    public async Task Whoever_has_none_yet_finds_a_place_when_a_crowd_of_one_network_has_all()
    {
        var (host, _) = await StartAsync("--Malten:MaxConnections=100");
        for (var i = 0; i < 120; i++)
            if (await TryOpenAsync(host, IPAddress.Parse($"127.0.5.{i + 1}")) is { } one)
                _silent.Add(one);
        var quiet = Use(new Api(host.Addresses, IPAddress.Parse("127.0.6.1")));
        (await PostAsync(quiet, "s")).Ok();
        foreach (var one in _silent) one.Dispose();
    }

    [Fact]
    public async Task Those_of_a_trusted_proxy_are_not_counted()
    {
        var (host, api) = await StartAsync("--Malten:MaxConnections=1", "--Malten:TrustedProxies:0=127.0.0.0/24");
        for (var i = 0; i < 5; i++) await api.HearAsync("s");
        Assert.Equal(0, host.Services.GetRequiredService<Capacity>().Connections);
        using var direct = await OpenAsync(host, Loud);
        Assert.Equal(200, await direct.AskAsync("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), CancellationToken.None));
        Assert.True(await IsTurnedAwayAsync(host));
    }

    private static async Task<AttackConnection> OpenAsync(GatewayHost host, IPAddress from) =>
        await AttackConnection.OpenAsync(host.Address, from, CancellationToken.None);

    /// <summary>A new connection; null where it is closed so soon that connecting fails.</summary>
    private static async Task<AttackConnection?> TryOpenAsync(GatewayHost host, IPAddress from)
    {
        try
        {
            return await OpenAsync(host, from);
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return null;
        }
    }

    private static async Task<bool> IsTurnedAwayAsync(GatewayHost host)
    {
        using var connection = await TryOpenAsync(host, Loud);
        return connection is null || await IsClosedAsync(connection);
    }

    private static Malten.Streams.Values.ClientKey Client(GatewayHost host) =>
        host.Services.GetRequiredService<Malten.Gateway.Limits.ClientKeys>().Of(Loud);

    private static async Task<bool> IsClosedAsync(AttackConnection connection)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await connection.DrainAsync(patience.Token);
            return true;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
