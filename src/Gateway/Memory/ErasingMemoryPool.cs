using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Malten.Gateway.Memory;

/// <summary>Makes the pools from which the server takes its buffers: of requests, responses and TLS records.</summary>
/// <remarks>ASP.NET Core documentation, "Memory pool": Kestrel asks the factory that is registered.</remarks>
internal sealed class ErasingMemoryPools(IMemoryPoolFactory<byte> inner) : IMemoryPoolFactory<byte>
{
    /// <summary>Has the server take its buffers from here; call it once the server itself is registered.</summary>
    public static void AddTo(IServiceCollection services)
    {
        var original = services.Last(service => service.ServiceType == typeof(IMemoryPoolFactory<byte>));
        services.AddSingleton<IMemoryPoolFactory<byte>>(provider => new ErasingMemoryPools((IMemoryPoolFactory<byte>)(
            original.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, original.ImplementationType!))));
    }

    public MemoryPool<byte> Create(MemoryPoolOptions? options) => new ErasingMemoryPool(inner.Create(options));
}

/// <summary>A pool whose buffers are overwritten when they are given back.</summary>
internal sealed class ErasingMemoryPool(MemoryPool<byte> inner) : MemoryPool<byte>
{
    public override int MaxBufferSize => inner.MaxBufferSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => new Erased(inner.Rent(minBufferSize));

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
    }

    private sealed class Erased(IMemoryOwner<byte> buffer) : IMemoryOwner<byte>
    {
        private IMemoryOwner<byte>? _buffer = buffer;

        public Memory<byte> Memory => _buffer?.Memory ?? throw new ObjectDisposedException(nameof(Memory));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _buffer, null) is not { } given) return;
            given.Memory.Span.Clear();
            given.Dispose();
        }
    }
}
