using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Malten.Membership;

/// <summary>
/// All of this room in a running node: the register and the table in it and, if the node is a seed, its acceptor, its
/// recovery and its port. Nodes may start in any order; calls fail in time until a majority of the seeds is up.
/// </summary>
public sealed class RegisterNode : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Acceptor? _acceptor;
    private readonly RegisterServer? _server;
    private readonly TcpTransport? _transport;
    private readonly Task _seed = Task.CompletedTask;

    /// <summary>Starts it.</summary>
    /// <exception cref="SocketException">The port is taken.</exception>
    /// <exception cref="ArgumentException">The node is to be a seed that is not listed.</exception>
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
            // Base64 makes four of three; the rest of a message is small.
            var limit = options.Register.MaxValueBytes / 3 * 4 + 64 * 1024;
            transport = _transport = new TcpTransport(seeds, limit, options.Wire, resolve, time, refusals);
            if (acceptor is not null)
            {
                var listen = options.Listen ?? new IPEndPoint(
                    Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, options.Self!.Port);
                _server = new RegisterServer(listen, acceptor, seeds, limit, options.Wire, time, refusals);
            }
        }

        if (acceptor is not null) transport = new SelfTransport(acceptor, self!.Value, transport);
        var peers = new Peers(quorums, transport, options.Register, time);
        Register = new Register(
            new Proposer(quorums, peers, options.Register, time, Random.Shared), options.Register, time);
        Table = new MembershipTable(Register);
        if (acceptor is not null)
            _seed = new Seed(acceptor, quorums, peers, options.Register, time, Random.Shared, logger).RunAsync(_stop.Token);
    }

    /// <summary>The register.</summary>
    public Register Register { get; }

    /// <summary>The table that the register holds.</summary>
    public MembershipTable Table { get; }

    /// <summary>
    /// The generation in which this seed takes part; null while it remembers nothing, and on a node that is no seed.
    /// </summary>
    public Generation? Held => _acceptor?.State.Generation;

    /// <summary>Where the seed listens; null if the node is none, or alone.</summary>
    public IPEndPoint? LocalEndPoint => _server?.LocalEndPoint;

    /// <summary>Stops: a seed that stops has forgotten, and recovers from the others when it starts again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _seed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_server is not null) await _server.DisposeAsync();
        if (_transport is not null) await _transport.DisposeAsync();
        Register.Dispose();
        _stop.Dispose();
    }

    private static int? IndexOf(SeedAddress? self, SeedList seeds)
    {
        if (self is null) return null;
        var index = seeds.Addresses.IndexOf(self);
        return index >= 0 ? index : throw new ArgumentException($"{self} is none of the seeds.", nameof(self));
    }
}
