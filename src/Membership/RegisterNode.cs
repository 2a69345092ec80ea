using System.Net;
using System.Net.Sockets;
using Malten.Membership.Protocol;
using Malten.Membership.Registers;
using Malten.Membership.Seeds;
using Malten.Membership.Table;
using Malten.Membership.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Malten.Membership;

/// <summary>
/// A node's register and the table in it. If the node is a seed, also the seed's acceptor, recovery and port. Nodes may
/// start in any order; until a majority of the seeds is up, calls time out.
/// </summary>
public sealed partial class RegisterNode : IAsyncDisposable
{
    // A message holds the value as base64, which makes four bytes of three, and little else.
    private const int MessageOverhead = 64 * 1024;

    private readonly CancellationTokenSource _stop = new();
    private readonly Acceptor? _acceptor;
    private readonly RegisterServer? _server;
    private readonly TcpTransport? _transport;
    private readonly Task _seed = Task.CompletedTask;

    /// <summary>Starts the node.</summary>
    /// <param name="log">Receives what the node logs; nothing is logged if it is null.</param>
    /// <param name="time">The clock and its timers; the system's if it is null.</param>
    /// <exception cref="SocketException">The port is taken.</exception>
    /// <exception cref="ArgumentException"><see cref="RegisterNodeOptions.Self"/> is not one of the seeds.</exception>
    public RegisterNode(RegisterNodeOptions options, ILoggerFactory? log = null, TimeProvider? time = null)
        : this(options, log, time, Dns.GetHostAddressesAsync)
    {
    }

    internal RegisterNode(RegisterNodeOptions options, ILoggerFactory? log, TimeProvider? time, Resolve resolve)
    {
        ArgumentNullException.ThrowIfNull(options);
        time ??= TimeProvider.System;
        var logger = (log ?? NullLoggerFactory.Instance).CreateLogger<RegisterNode>();
        var quorums = Quorums.Of(options.Seeds?.Addresses.Length ?? 1);
        var self = options.Seeds is null ? 0 : IndexOf(options.Self, options.Seeds);
        var acceptor = _acceptor = self is { } seed ? new Acceptor(seed, quorums.Seeds, Random.Shared.NextGuid) : null;
        ITransport transport = NoTransport.Instance;
        if (options.Seeds is { } seeds)
        {
            var refusals = new Refusals(logger, time);
            var maxMessage = options.Register.MaxValueBytes / 3 * 4 + MessageOverhead;
            transport = _transport = new TcpTransport(seeds, maxMessage, options.Wire, resolve, time, refusals);
            if (acceptor is not null)
            {
                var listen = options.Listen ?? AnyAddress(options.Self!.Port);
                _server = new RegisterServer(listen, acceptor, seeds, maxMessage, options.Wire, time, refusals);
            }
        }

        if (acceptor is not null) transport = new SelfTransport(acceptor, self!.Value, transport);
        var peers = new Peers(quorums, transport, options.Register.RequestTimeout, time);
        Register = new Register(
            new Proposer(quorums, peers, options.Register, time, Random.Shared), options.Register, time);
        Table = new MembershipTable(Register);
        if (acceptor is not null)
            _seed = RunAsync(new Seed(acceptor, quorums, peers, options.Seed, time, Random.Shared, logger), logger);
    }

    /// <summary>The register.</summary>
    public Register Register { get; }

    /// <summary>The table that the register holds.</summary>
    public MembershipTable Table { get; }

    /// <summary>
    /// The generation in which this seed takes part; null while the seed has no memory, and on a node that is no seed.
    /// </summary>
    public Generation? Held => _acceptor?.State.Generation;

    /// <summary>
    /// Where the seed listens; null if the node is no seed or has no <see cref="RegisterNodeOptions.Seeds"/>.
    /// </summary>
    public IPEndPoint? LocalEndPoint => _server?.LocalEndPoint;

    /// <summary>Stops the node. A seed loses its memory, and recovers from the others when it starts again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _seed;
        if (_server is not null) await _server.DisposeAsync();
        if (_transport is not null) await _transport.DisposeAsync();
        Register.Dispose();
        _stop.Dispose();
    }

    private static IPEndPoint AnyAddress(int port) =>
        new(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, port);

    private static int? IndexOf(SeedAddress? self, SeedList seeds)
    {
        if (self is null) return null;
        var index = seeds.Addresses.IndexOf(self);
        return index >= 0 ? index : throw new ArgumentException($"{self} is not one of the seeds.", nameof(self));
    }

    private async Task RunAsync(Seed seed, ILogger logger)
    {
        try
        {
            await seed.RunAsync(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The node stops.
        }
        catch (Exception failure)
        {
            // No cause is known. The seed would still answer requests but no longer recover.
            LogSeedFailed(logger, failure);
        }
    }

    [LoggerMessage(LogLevel.Critical, "The seed's background task has failed. Restart the node.")]
    private static partial void LogSeedFailed(ILogger logger, Exception failure);
}
