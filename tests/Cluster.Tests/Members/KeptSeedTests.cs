using System.Collections.Concurrent;
using Malten.Gateway.Hosting;
using Malten.Membership;
using Malten.Membership.Table;
using Malten.Silo.Clustering;
using Malten.Silo.Hosting;
using Malten.Silo.Lifetime;
using Malten.Silo.Settings;
using Malten.Testing;
using Malten.Testing.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Malten.Cluster.Tests.Members;

/// <summary>What a seed knows belongs to its process, not to the silo in it, which may lose its place and join again.</summary>
public sealed class KeptSeedTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // a silo waits for the seeds for ever
    private static readonly MemberRow Row = new("a silo", MemberStatus.Active, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "{}");
    private readonly List<int> _ports = FreePorts.Find(4, 3);
    private readonly Seed[] _seeds;

    public KeptSeedTests() => _seeds = [.. _ports[..3].Select(Of)];

    public async ValueTask DisposeAsync()
    {
        foreach (var seed in _seeds) await seed.DisposeAsync();
    }

    [Fact]
    public async Task The_table_survives_when_one_seed_restarts_while_another_one_joins_again()
    {
        await StartAllAsync();
        var (a, b, c) = (_seeds[0], _seeds[1], _seeds[2]);
        Assert.True(await c.Table.InsertRowAsync(Row, (await c.Table.ReadAllAsync()).VersionEtag));
        var generation = c.Node.Held;

        await b.EndAsync();
        await a.LeaveAsync();
        b.Start();
        a.Start();
        await Task.WhenAll(a.Started, b.Started);
        Assert.Equal(Row, Assert.Single((await a.Table.ReadAllAsync()).Rows).Row);
        await Eventually.IsSoAsync(() => b.Node.Held == generation);
        Assert.Equal((generation, generation), (a.Node.Held, c.Node.Held));
    }

    [Fact]
    public async Task When_the_seeds_have_lost_the_table_each_silo_joins_the_next_one_and_only_the_one_that_runs_is_told()
    {
        await StartAllAsync();
        var a = _seeds[0];
        var first = a.Silo;
        await LoseTableAsync();
        await Eventually.IsSoAsync(() => ReadsAsync(first));
        Assert.Equal(1, first.Losses);

        var node = a.Node;
        await a.LeaveAsync();
        var second = a.Start();
        await a.Started;
        Assert.Same(node, a.Node);
        await Eventually.IsSoAsync(() => second.Register.TakesPart); // the seed still held the lost table when its silo joined the next one
        Assert.Equal(a.Node.Held, (await a.Table.ReadAllAsync()).Generation);
        await LoseTableAsync();
        await Eventually.IsSoAsync(() => ReadsAsync(second));
        Assert.Equal((1, 1), (first.Losses, second.Losses));
        await Eventually.IsSoAsync(() => second.Lines.Any(line => line.Contains("discards its memory", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_silo_finds_itself_dead_in_the_table_that_was_lost_and_signs_off_in_none()
    {
        await StartAllAsync();
        var (silo, address, other) = (_seeds[0].Silo, FakeMembership.SiloAt(_ports[0]), FakeMembership.SiloAt(_ports[1]));
        Assert.True(await silo.Table.InsertRow(Entry(other, SiloStatus.Active), (await silo.Table.ReadAll()).Version.Next()));
        var written = (await silo.Table.ReadAll()).Version.Next();
        Assert.True(await silo.Table.InsertRow(Entry(address, SiloStatus.Active), written)); // Orleans does not read it again
        await LoseTableAsync();
        await Eventually.IsSoAsync(() => ReadsAsync(silo));

        var lost = await silo.Table.ReadAll();
        Assert.True(lost.Version.Version > written.Version);
        Assert.Equal((SiloStatus.Dead, SiloStatus.Active, 2), (StatusIn(lost, address), StatusIn(lost, other), lost.Members.Count));
        Assert.Equal(SiloStatus.Dead, StatusIn(await silo.Table.ReadRow(address), address));
        Assert.False(await silo.Table.UpdateRow(Entry(address, SiloStatus.ShuttingDown), "", lost.Version.Next()));
        Assert.False(await silo.Table.InsertRow(Entry(address, SiloStatus.Joining), lost.Version.Next()));
        Assert.True(await silo.Table.UpdateRow(Entry(address, SiloStatus.Dead), "", lost.Version.Next()));
        Assert.Empty((await _seeds[1].Table.ReadAllAsync()).Rows);

        static SiloStatus? StatusIn(MembershipTableData table, SiloAddress silo) => table.TryGet(silo)?.Item1.Status;
        static MembershipEntry Entry(SiloAddress silo, SiloStatus status) => new() { SiloAddress = silo, Status = status, SiloName = "" };
    }

    [Fact]
    public async Task A_node_that_is_no_seed_begins_anew_each_time()
    {
        await StartAllAsync();
        await using var other = Of(_ports[3]);
        other.Start();
        await other.Started;
        var node = other.Node;
        await other.LeaveAsync();
        other.Start();
        await other.Started;
        Assert.NotSame(node, other.Node);
        Assert.True(other.Silo.Register.TakesPart);
    }

    [Fact]
    public async Task A_seed_is_not_ready_before_it_knows_the_table()
    {
        var (a, b) = (_seeds[0], _seeds[1]);
        a.Start();
        await Eventually.IsSoAsync(() => a.Silo.HasNode);
        Assert.Equal(HealthStatus.Unhealthy, await StatusAsync(a));
        b.Start();
        await Task.WhenAll(a.Started, b.Started);
        await Eventually.IsSoAsync(async () => await StatusAsync(a) == HealthStatus.Healthy);

        static async Task<HealthStatus> StatusAsync(Seed seed) =>
            (await new SeedCheck(seed.Silo.Register).CheckHealthAsync(new HealthCheckContext())).Status;
    }

    [Fact]
    public async Task Readiness_asks_the_seed()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddClusterSettings(["--port", $"{_ports[3]}", "--seeds", $"127.0.0.1:{_ports[3]}"]);
        builder.AddGateway();
        await using var seed = new KeptSeed();
        builder.AddCluster(seed);
        await using var app = builder.Build();
        var checks = app.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Unhealthy, (await AskAsync()).Status);
        await app.Services.GetRequiredService<SeedRegister>().StartAsync();
        Assert.Equal(HealthStatus.Healthy, (await AskAsync()).Status);

        async Task<HealthReportEntry> AskAsync() => Assert.Single((await checks.CheckHealthAsync(
            check => check.Name == "seed" && check.Tags.Contains(GatewayHosting.ReadyTag))).Entries).Value;
    }

    private Seed Of(int port) => new(port, string.Join(',', _ports[..3].Select(one => $"127.0.0.1:{one}")));

    private Task StartAllAsync()
    {
        foreach (var seed in _seeds) seed.Start();
        return Task.WhenAll(_seeds.Select(seed => seed.Started));
    }

    /// <summary>Restarts all but the first, so that a majority has no memory.</summary>
    private async Task LoseTableAsync()
    {
        foreach (var seed in _seeds[1..]) await seed.EndAsync();
        foreach (var seed in _seeds[1..]) seed.Start();
        await Task.WhenAll(_seeds[1..].Select(seed => seed.Started));
    }

    /// <summary>Reads the table as the silo does all the time. Whether it was told of a loss.</summary>
    private static async Task<bool> ReadsAsync(Life silo)
    {
        await silo.Table.ReadAll().ContinueWith(_ => { }, TaskScheduler.Default);
        return silo.Losses > 0;
    }

    /// <summary>A process with a seed in it.</summary>
    private sealed class Seed(int port, string seeds) : IAsyncDisposable
    {
        private KeptSeed _kept = new();

        public Life Silo { get; private set; } = null!;

        public Task Started { get; private set; } = Task.CompletedTask;

        public RegisterNode Node => Silo.Register.Node;

        public MembershipTable Table => Node.Table;

        public Life Start()
        {
            Silo = new Life(_kept, new MaltenClusterOptions { Port = port, Seeds = seeds });
            Started = Silo.Table.InitializeMembershipTable(true).WaitAsync(Patience);
            return Silo;
        }

        /// <summary>The host ends, and the process goes on.</summary>
        public async Task LeaveAsync()
        {
            Silo.Table.Dispose();
            await Silo.Register.DisposeAsync();
        }

        /// <summary>The process ends. It may be started again.</summary>
        public async Task EndAsync()
        {
            if (Silo is not null)
            {
                Silo.Stop();
                await Started.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await LeaveAsync();
            }

            await _kept.DisposeAsync();
            _kept = new KeptSeed();
        }

        public async ValueTask DisposeAsync() => await EndAsync();
    }

    /// <summary>One host of the process: from a silo's start to its end.</summary>
    private sealed class Life : IFatalErrorHandler, ILoggerFactory, ILogger
    {
        private readonly ApplicationLifetime _host = new(NullLogger<ApplicationLifetime>.Instance);
        private readonly ConcurrentQueue<string> _lines = new();
        private int _losses;

        public Life(KeptSeed kept, MaltenClusterOptions options)
        {
            Register = new SeedRegister(
                Options.Create(options), kept, this, NullLogger<SeedRegister>.Instance, _host, TimeProvider.System);
            Table = new RegisterMembershipTable(Register, new FakeMembership(FakeMembership.SiloAt(options.Port)).Silo, this);
        }

        public SeedRegister Register { get; }

        public RegisterMembershipTable Table { get; }

        public IEnumerable<string> Lines => _lines;

        public int Losses => Volatile.Read(ref _losses);

        public bool HasNode => Record.Exception(() => Register.Node) is null;

        public void Stop() => _host.StopApplication();

        public bool IsUnexpected(Exception exception) => true;

        public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null) =>
            Interlocked.Increment(ref _losses);

        ILogger ILoggerFactory.CreateLogger(string categoryName) => this;

        void ILoggerFactory.AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        IDisposable? ILogger.BeginScope<TState>(TState state) => null;

        bool ILogger.IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception));

        void IDisposable.Dispose()
        {
            // There is nothing to release.
        }
    }
}
