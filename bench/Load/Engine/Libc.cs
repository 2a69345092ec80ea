using System.Runtime.InteropServices;

namespace Malten.Bench.Load.Engine;

/// <summary>
/// The few calls of the C library that .NET does not offer, or offers at a price: .NET's own socket engine hands every
/// readiness to the thread pool, which costs more than the read itself.
/// </summary>
internal static unsafe partial class Libc
{
    public const int Terminate = 15;
    public const int KillNow = 9;
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int TryAgain = 11;
    private const int ClockTicks = 2;
    private const int SetTimerSlack = 29;

    /// <summary>The ticks per second in which the kernel counts processor time.</summary>
    public static double TicksPerSecond { get; } = SysConf(ClockTicks);

    /// <summary>Reads what has arrived. Returns the byte count, 0 when the peer has closed, -1 when there is nothing.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    public static int Receive(int socket, Span<byte> buffer)
    {
        nint read;
        fixed (byte* start = buffer) read = Receive(socket, start, (nuint)buffer.Length, DontWait);
        if (read >= 0) return (int)read;
        var error = Marshal.GetLastPInvokeError();
        return error == TryAgain ? -1 : throw new IOException($"recv failed with error {error}");
    }

    /// <summary>Sends a small request in one call.</summary>
    /// <exception cref="IOException">It did not fit into the send buffer, or the connection is broken.</exception>
    public static void Send(int socket, ReadOnlySpan<byte> bytes)
    {
        nint sent;
        fixed (byte* start = bytes) sent = Send(socket, start, (nuint)bytes.Length, DontWait | NoSignal);
        if (sent != bytes.Length) throw new IOException($"send took {sent} of {bytes.Length} bytes");
    }

    /// <summary>Sets this thread's timer slack to one microsecond, instead of fifty.</summary>
    public static void WaitPrecisely() => _ = ProcessControl(SetTimerSlack, 1000, 0, 0, 0);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int socket, byte* settings);

    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int capacity, TimeSpec* timeout, void* signals);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "sysconf")]
    private static partial nint SysConf(int name);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nuint first, nuint second, nuint third, nuint fourth);
}
