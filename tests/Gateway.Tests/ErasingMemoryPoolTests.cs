using System.Buffers;
using Malten.Gateway.Memory;

namespace Malten.Gateway.Tests;

/// <summary>The server's buffers: what stays idle after a crowd is let go of, and nobody who uses one notices.</summary>
public sealed class ErasingMemoryPoolTests : IDisposable
{
    private const int Block = 4096;
    private const int Many = (int)(2 * ErasingMemoryPool.MostIdle / Block);

    private readonly List<Inner> _made = [];
    private readonly ErasingMemoryPool _pool;
    private int _idled;

    public ErasingMemoryPoolTests() => _pool = new ErasingMemoryPool(Make, () => _idled++);

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void What_a_crowd_has_used_is_let_go_of()
    {
        Use(Many);
        Assert.NotEqual(0, _idled);
        _pool.Trim();
        Assert.Equal([true, false], _made.Select(inner => inner.IsDisposed));
        _idled = 0;
        Use(10);
        _pool.Trim();
        Assert.Equal((0, 2), (_idled, _made.Count));
    }

    [Fact]
    public void What_many_quick_requests_use_is_kept()
    {
        for (var round = 0; round < 100; round++) Use(Many / 2);
        _pool.Trim();
        Assert.Equal(0, _idled);
        Assert.False(Assert.Single(_made).IsDisposed);
    }

    [Fact]
    public void What_is_in_use_is_not_idle()
    {
        var used = Rent(Many);
        _pool.Trim();
        Assert.Single(_made);
        foreach (var buffer in used) buffer.Dispose();
        Assert.NotEqual(0, _idled);
    }

    [Fact]
    public void A_buffer_outlives_the_pool_it_came_from_and_is_overwritten()
    {
        var kept = _pool.Rent();
        kept.Memory.Span.Fill(1);
        var memory = kept.Memory;
        Use(Many);
        _pool.Trim();
        Assert.True(_made[0].IsDisposed);
        Assert.Equal(1, memory.Span[Block - 1]);
        kept.Dispose();
        kept.Dispose();
        Assert.False(memory.Span.ContainsAnyExcept((byte)0));
        Assert.Throws<ObjectDisposedException>(() => kept.Memory);
    }

    [Fact]
    public async Task Whoever_takes_a_buffer_while_they_are_let_go_of_gets_one()
    {
        using var stop = new CancellationTokenSource();
        var users = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested) Use(Many / 4);
        })).ToList();
        for (var trimmed = 0; trimmed < 50 || _made.Count < 3; trimmed++)
        {
            Use(Many);
            _pool.Trim();
        }

        await stop.CancelAsync();
        await Task.WhenAll(users);
        Assert.Equal(1, _made.Count(inner => !inner.IsDisposed));
    }

    private void Use(int buffers)
    {
        foreach (var buffer in Rent(buffers)) buffer.Dispose();
    }

    private List<IMemoryOwner<byte>> Rent(int buffers) => [.. Enumerable.Range(0, buffers).Select(_ => _pool.Rent())];

    private Inner Make()
    {
        var inner = new Inner();
        _made.Add(inner);
        return inner;
    }

    /// <summary>As the server's: it takes back what is given back late, and gives nothing any more once it is disposed.</summary>
    private sealed class Inner : MemoryPool<byte>
    {
        private volatile bool _isDisposed;

        public bool IsDisposed => _isDisposed;

        public override int MaxBufferSize => Block;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return new Buffer();
        }

        protected override void Dispose(bool disposing) => _isDisposed = true;
    }

    private sealed class Buffer : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = new byte[Block];

        public void Dispose()
        {
        }
    }
}
