using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Malten.Gateway.Memory;

/// <summary>Makes the pools from which the server takes its buffers: of requests, responses and TLS records.</summary>
/// <remarks>ASP.NET Core documentation, "Memory pool": Kestrel asks the factory that is registered.</remarks>
internal sealed class ErasingMemoryPools(IMemoryPoolFactory<byte> inner) : IMemoryPoolFactory<byte>, IKeptBuffers
{
    private readonly ConcurrentBag<ErasingMemoryPool> _pools = []; // the server's, which has them for as long as it runs

    public event Action? Used;

    /// <summary>Has the server take its buffers from here; call it once the server itself is registered.</summary>
    public static void AddTo(IServiceCollection services)
    {
        var original = services.Last(service => service.ServiceType == typeof(IMemoryPoolFactory<byte>));
        services.AddSingleton(provider => new ErasingMemoryPools((IMemoryPoolFactory<byte>)(
            original.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, original.ImplementationType!))));
        services.AddSingleton<IMemoryPoolFactory<byte>>(provider => provider.GetRequiredService<ErasingMemoryPools>());
        services.AddSingleton<IKeptBuffers>(provider => provider.GetRequiredService<ErasingMemoryPools>());
    }

    public MemoryPool<byte> Create(MemoryPoolOptions? options)
    {
        var pool = new ErasingMemoryPool(() => inner.Create(options), () => Used?.Invoke());
        _pools.Add(pool);
        return pool;
    }

    public bool Trim()
    {
        var isTrimmed = false;
        foreach (var pool in _pools) isTrimmed |= pool.Trim();
        return isTrimmed;
    }

    public void Overwrite()
    {
        // Each is overwritten when it is given back.
    }
}
