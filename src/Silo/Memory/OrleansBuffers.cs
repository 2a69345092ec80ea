using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using Malten.Gateway.Memory;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Orleans.Configuration;

namespace Malten.Silo.Memory;

/// <summary>
/// The buffers in which Orleans sends and receives calls between nodes. What was received is overwritten when it has been read,
/// and what was sent when buffers that are kept are. Orleans has no setting for their pools, but each connection tells from which
/// pool its buffers are. Calls are serialized in a pool that a silo to which all others have connected uses for nothing else; it
/// is an internal service of Orleans, and where it isn't found, left out.
/// </summary>
/// <remarks>
/// dotnet/orleans, <c>SlabMemoryPool</c>: a queue, so that buffers which are taken and given back one after another come round.
/// </remarks>
internal sealed class OrleansBuffers(IServiceProvider services) : IKeptBuffers
{
    private const int Rounds = 2; // while others take buffers too, one may come round before its turn

    // More than a pool has; against going round for ever where the one that was taken first is in use when its turn comes.
    private const int Most = 32_768;

    private static readonly Type? Serializing = typeof(ConnectionOptions).Assembly.GetType("Orleans.Networking.Shared.SharedMemoryPool");

    private readonly ConcurrentDictionary<MemoryPool<byte>, bool> _pools = new();

    /// <inheritdoc/>
    public event Action? Used;

    /// <summary>Remembers the pool of each connection, and has it read by an <see cref="ErasingReader"/> and written by a <see cref="BlockWriter"/>.</summary>
    public void Watch(IConnectionBuilder builder) => builder.Use(next => connection =>
    {
        var (input, output) = (new ErasingReader(connection.Transport.Input, () => Used?.Invoke()), connection.Transport.Output);
        if (connection.Features.Get<IMemoryPoolFeature>() is { MemoryPool: var pool })
        {
            _pools.TryAdd(pool, true);
            output = new BlockWriter(output, pool.MaxBufferSize);
        }

        connection.Transport = new Transport(input, output);
        return next(connection);
    });

    public void Overwrite()
    {
        if (Serializing is not null && services.GetService(Serializing) is { } shared
            && Serializing.GetProperty("Pool")?.GetValue(shared) is MemoryPool<byte> serializing)
            _pools.TryAdd(serializing, true);
        foreach (var pool in _pools.Keys) Overwrite(pool);
    }

    private void Overwrite(MemoryPool<byte> pool)
    {
        try
        {
            var (first, rounds) = ((IMemoryOwner<byte>?)null, 0);
            for (var i = 0; i < Most && rounds < Rounds; i++)
            {
                var buffer = pool.Rent();
                if (buffer == first) rounds++;
                first ??= buffer;
                buffer.Memory.Span.Clear();
                buffer.Dispose();
            }
        }
        catch (ObjectDisposedException)
        {
            _pools.TryRemove(pool, out _); // its listener has stopped
        }
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
