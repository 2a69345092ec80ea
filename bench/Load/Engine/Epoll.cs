using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Malten.Bench.Load.Engine;

/// <summary>Finds out which of many connections have something to read (level-triggered).</summary>
internal sealed unsafe class Epoll : IDisposable
{
    private const int Add = 1;
    private const int Delete = 2;
    private const uint Readable = 1;

    // The kernel packs this structure on x64 and on no other architecture.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventSize = DataOffset + 8;

    // The handle is closed only once: a second close would hit another file that has got the number.
    private readonly SafeFileHandle _handle = new(Libc.EpollCreate(0), ownsHandle: true);
    private readonly int _descriptor;
    private readonly byte[] _events;
    private readonly int _capacity;

    public Epoll(int capacity)
    {
        (_capacity, _descriptor) = (capacity, (int)_handle.DangerousGetHandle());
        _events = GC.AllocateArray<byte>(capacity * EventSize, pinned: true);
    }

    /// <summary>Watches a connection under <paramref name="key"/>. Any thread may call it.</summary>
    public void Watch(int socket, int key)
    {
        var settings = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(settings, 4), Readable);
        BinaryPrimitives.WriteInt64LittleEndian(new Span<byte>(settings + DataOffset, 8), key);
        if (Libc.EpollControl(_descriptor, Add, socket, settings) != 0)
            throw new IOException($"epoll_ctl failed with error {Marshal.GetLastPInvokeError()}");
    }

    public void Forget(int socket)
    {
        var settings = stackalloc byte[16];
        _ = Libc.EpollControl(_descriptor, Delete, socket, settings);
    }

    /// <summary>Waits for at most the given time, and returns how many connections are ready.</summary>
    public int Wait(long nanoseconds)
    {
        var timeout = TimeSpec.FromNanoseconds(nanoseconds);
        fixed (byte* events = _events)
            return Math.Max(0, Libc.EpollWait(_descriptor, events, _capacity, &timeout, null)); // < 0: a signal came
    }

    /// <summary>The key of a connection that is ready.</summary>
    public int this[int index] =>
        (int)BinaryPrimitives.ReadInt64LittleEndian(_events.AsSpan((index * EventSize) + DataOffset, 8));

    public void Dispose() => _handle.Dispose();
}
