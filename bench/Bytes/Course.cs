using System.Diagnostics;
using System.Net.Sockets;
using Malten.Bench.Load.Servers;

namespace Malten.Bench.Bytes;

/// <summary>A way that bytes go, and what was measured of it.</summary>
internal sealed class Course(string name, ProcessUsage usage, Func<(Socket Sender, Socket Receiver)> open)
{
    private const int Megabyte = 1_000_000;

    private readonly List<(double Rate, double Cpu, double Resident)> _rounds = [];

    public static void WriteHead(TextWriter output) => output.WriteLine("""
        | way | MB/s | : relay | server CPU ms a MB | server RSS MB, by round |
        |---|--:|--:|--:|---|
        """);

    /// <summary>Sends for so long, and keeps what it cost.</summary>
    public void Measure(TimeSpan length)
    {
        var cpu = usage.CpuSeconds;
        var (megabytes, seconds) = Run(length);
        _rounds.Add((megabytes / seconds, 1000 * (usage.CpuSeconds - cpu) / megabytes, usage.ResidentBytes / (double)Megabyte));
    }

    /// <summary>Sends for so long on new connections; returns how much was received in which time.</summary>
    public (double Megabytes, double Seconds) Run(TimeSpan length)
    {
        var (sender, receiver) = open();
        var sending = new Thread(() => Send(sender));
        sending.Start();
        var buffer = new byte[256 * 1024];
        receiver.Receive(buffer); // it flows
        var (received, clock) = (0L, Stopwatch.StartNew());
        while (clock.Elapsed < length)
            received += receiver.Receive(buffer) is > 0 and var count ? count : throw new InvalidOperationException($"Bytes no longer come from {name}.");
        var seconds = clock.Elapsed.TotalSeconds;
        receiver.Dispose();
        sender.Dispose();
        sending.Join();
        return (received / (double)Megabyte, seconds);
    }

    public void Write(TextWriter output, Course beside)
    {
        var ratios = _rounds.Zip(beside._rounds, (one, other) => one.Rate / other.Rate).ToList();
        output.WriteLine($"| {name} | {Median(_rounds.Select(round => round.Rate)):0} | "
            + (this == beside ? "" : $"**{Median(ratios):0.00}** ({string.Join(", ", ratios.Select(ratio => $"{ratio:0.00}"))})")
            + $" | {Median(_rounds.Select(round => round.Cpu)):0.00} | {string.Join(", ", _rounds.Select(round => $"{round.Resident:0}"))} |");
    }

    private static void Send(Socket socket)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true) socket.Send(buffer);
        }
        catch (SocketException)
        {
            // the round is over
        }
        catch (ObjectDisposedException)
        {
            // the same
        }
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);
}
