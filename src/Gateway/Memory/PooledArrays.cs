using System.Buffers;
using System.Collections;
using System.Reflection;

namespace Malten.Gateway.Memory;

/// <summary>
/// Forgets what lies in <see cref="ArrayPool{T}.Shared"/>, to which many parts of .NET and Orleans give arrays back as they are:
/// TLS with what it has decrypted, decoders, serializers.
/// </summary>
/// <remarks>
/// The pool has one array of each size for each thread, and stacks for all threads (dotnet/runtime, <c>SharedArrayPool</c>). The
/// stacks are emptied as anybody may. Those of a thread are taken from it as the pool itself does when memory is scarce, by a
/// private field: with every other way, a thread would have to be waited for that is busy or parked.
/// </remarks>
internal static class PooledArrays
{
    private const int Smallest = 16;
    private const int Largest = 64 * 1024; // a TLS record has 16 KiB

    // Constants all, so that what they name is seen, and kept, when a program is trimmed.
    private const string OfThreads = "_allTlsBuckets";

    private static readonly FieldInfo? Bytes = Type.GetType(
        "System.Buffers.SharedArrayPool`1[[System.Byte, System.Private.CoreLib]], System.Private.CoreLib")
        ?.GetField(OfThreads, BindingFlags.Instance | BindingFlags.NonPublic);

    private static readonly FieldInfo? Chars = Type.GetType(
        "System.Buffers.SharedArrayPool`1[[System.Char, System.Private.CoreLib]], System.Private.CoreLib")
        ?.GetField(OfThreads, BindingFlags.Instance | BindingFlags.NonPublic);

    private static readonly PropertyInfo? ArraysOfThread = Type.GetType(
        "System.Collections.Generic.KeyValuePair`2[[System.Buffers.SharedArrayPoolThreadLocalArray[], System.Private.CoreLib],"
        + "[System.Object, System.Private.CoreLib]], System.Private.CoreLib")?.GetProperty("Key");

    /// <summary>Whether the arrays of threads can be taken from them, in this version of .NET.</summary>
    public static bool ReachesThreads =>
        BucketsOf(ArrayPool<byte>.Shared, Bytes) is not null && BucketsOf(ArrayPool<char>.Shared, Chars) is not null && ArraysOfThread is not null;

    /// <summary>Takes their arrays from all threads, so that the collection that follows gives the memory back.</summary>
    public static void TakeFromThreads()
    {
        Clear(BucketsOf(ArrayPool<byte>.Shared, Bytes));
        Clear(BucketsOf(ArrayPool<char>.Shared, Chars));
    }

    /// <summary>
    /// Overwrites those that belong to no thread; to be called right after a collection, which tells arrays that were in the pool
    /// from new ones.
    /// </summary>
    public static void Overwrite()
    {
        for (var length = Smallest; length <= Largest; length *= 2) Overwrite(length);
    }

    private static void Overwrite(int length)
    {
        // New arrays lie upon old ones, where the pool is used meanwhile: one for each processor, and some more.
        var (taken, young) = (new List<byte[]>(), 0);
        while (young < Environment.ProcessorCount + 2)
        {
            var array = ArrayPool<byte>.Shared.Rent(length);
            array.AsSpan().Clear();
            taken.Add(array);
            young = GC.GetGeneration(array) > 0 ? 0 : young + 1;
        }

        foreach (var array in taken) ArrayPool<byte>.Shared.Return(array);
    }

    private static IEnumerable? BucketsOf(object pool, FieldInfo? ofThreads) =>
        ofThreads?.DeclaringType?.IsInstanceOfType(pool) == true ? ofThreads.GetValue(pool) as IEnumerable : null;

    private static void Clear(IEnumerable? buckets)
    {
        foreach (var pair in buckets ?? Array.Empty<object>())
            if (ArraysOfThread?.GetValue(pair) is Array ofThread)
                Array.Clear(ofThread);
    }
}
