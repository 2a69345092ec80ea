using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Malten.Testing.Nodes;

/// <summary>How slow a cable is, in each direction.</summary>
/// <param name="BitsPerSecond">How much it carries.</param>
/// <param name="Delay">How long each frame is on its way.</param>
public sealed record Slowness(long BitsPerSecond, TimeSpan Delay);

/// <summary>
/// A cable whose speed can be changed while it is plugged in: two network devices (TAP) between which this program passes
/// frames. Kernels without <c>sch_netem</c> can limit a rate, but not delay; this does both on any. Frames that would
/// wait more than 0.4 s for their turn are dropped, as <c>tc tbf latency 400ms</c> would.
/// </summary>
internal sealed class ShapedCable : IDisposable
{
    private const int LongestFrame = 65_536;
    private const int AttachTap = 0x400454ca; // TUNSETIFF (linux/if_tun.h)
    private const short TapWithoutHeader = 0x0002 | 0x1000; // IFF_TAP | IFF_NO_PI
    private static readonly TimeSpan LongestQueue = TimeSpan.FromSeconds(0.4);

    private readonly SafeFileHandle _one;
    private readonly SafeFileHandle _other;
    private volatile bool _isUnplugged;
    private long _lateness;

    /// <summary>Makes two devices of these names, and begins to pass frames between them.</summary>
    public ShapedCable(string one, string other)
    {
        (_one, _other) = (Attach(one), Attach(other));
        Connect(_one, _other);
        Connect(_other, _one);
    }

    /// <summary>How slow it is now; null: as fast as it can be.</summary>
    public Slowness? Slowness { get; set; }

    /// <summary>How late a frame was at most, because this program was not given a processor in time.</summary>
    public TimeSpan Lateness => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _lateness));

    /// <summary>The devices vanish with it.</summary>
    public void Dispose()
    {
        _isUnplugged = true;
        _one.Dispose();
        _other.Dispose();
    }

    private static SafeFileHandle Attach(string device)
    {
        var tap = File.OpenHandle("/dev/net/tun", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var request = new byte[40]; // struct ifreq: the name, and the flags after it
        Encoding.ASCII.GetBytes(device, request);
        BitConverter.TryWriteBytes(request.AsSpan(16), TapWithoutHeader);
        if (Ioctl(tap, AttachTap, request) < 0) throw new InvalidOperationException($"No device: error {Marshal.GetLastPInvokeError()}.");
        return tap;
    }

    private void Connect(SafeFileHandle from, SafeFileHandle to)
    {
        var crossing = new BlockingCollection<(byte[] Frame, long Due)>();
        Begin(() => Take(from, crossing));
        Begin(() => Give(to, crossing));
    }

    private void Take(SafeFileHandle from, BlockingCollection<(byte[] Frame, long Due)> crossing)
    {
        using var file = new FileStream(from, FileAccess.Read, bufferSize: 0);
        var buffer = new byte[LongestFrame];
        var free = Stopwatch.GetTimestamp(); // when the last frame has left
        while (!_isUnplugged)
        {
            var length = file.Read(buffer);
            var (now, slowness) = (Stopwatch.GetTimestamp(), Slowness);
            free = Math.Max(free, now);
            if (slowness is not null)
            {
                if (Stopwatch.GetElapsedTime(now, free) > LongestQueue) continue;
                free += length * 8 * Stopwatch.Frequency / slowness.BitsPerSecond;
            }

            crossing.Add((buffer[..length], free + (long)((slowness?.Delay.TotalSeconds ?? 0) * Stopwatch.Frequency)));
        }
    }

    private void Give(SafeFileHandle to, BlockingCollection<(byte[] Frame, long Due)> crossing)
    {
        using var file = new FileStream(to, FileAccess.Write, bufferSize: 0);
        foreach (var (frame, due) in crossing.GetConsumingEnumerable())
        {
            while (Stopwatch.GetTimestamp() < due) Thread.Sleep(1);
            if (_isUnplugged) return;
            _lateness = Math.Max(_lateness, Stopwatch.GetTimestamp() - due);
            try
            {
                file.Write(frame);
            }
            catch (IOException)
            {
                // the device is down: the frame is lost, as on a cable that leads nowhere
            }
        }
    }

    private void Begin(Action work) => new Thread(() =>
    {
        try
        {
            work();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // unplugged
        }
    })
    { IsBackground = true }.Start();

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Ioctl(SafeFileHandle file, nuint request, byte[] argument);
}
