using System.Buffers;
using Malten.Gateway.Memory;

namespace Malten.Gateway.Tests;

/// <summary>What was in arrays that were given back to the pool of .NET is forgotten, on whatever thread that was.</summary>
public sealed class PooledArraysTests
{
    private const int Length = 4096;

    [Fact]
    public void Arrays_of_threads_that_are_busy_are_taken_from_them()
    {
        Assert.True(PooledArrays.ReachesThreads);
        using var given = new ManualResetEventSlim();
        using var forgotten = new ManualResetEventSlim();
        var isTheSame = true;
        var busy = new Thread(() =>
        {
            var (bytes, letters) = (ArrayPool<byte>.Shared.Rent(Length), ArrayPool<char>.Shared.Rent(Length));
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<char>.Shared.Return(letters);
            given.Set();
            forgotten.Wait();
            isTheSame = ArrayPool<byte>.Shared.Rent(Length) == bytes || ArrayPool<char>.Shared.Rent(Length) == letters;
        });
        busy.Start();
        given.Wait(TestContext.Current.CancellationToken);
        PooledArrays.TakeFromThreads();
        forgotten.Set();
        busy.Join();
        Assert.False(isTheSame);
    }

    [Fact]
    public void Arrays_of_no_thread_are_overwritten()
    {
        // Each one but the last goes to the stacks that all threads share.
        var arrays = Enumerable.Range(0, 8).Select(_ => ArrayPool<byte>.Shared.Rent(Length)).ToList();
        foreach (var array in arrays) Array.Fill(array, (byte)'x');
        foreach (var array in arrays) ArrayPool<byte>.Shared.Return(array);
        PooledArrays.TakeFromThreads();
        GC.Collect();
        PooledArrays.Overwrite();
        Assert.All(arrays.SkipLast(1), array => Assert.DoesNotContain((byte)'x', array));
    }
}
