using System.Diagnostics;
using System.Globalization;
using Malten.Bench.Bytes;
using Malten.Bench.Load.Servers;

namespace Malten.Bench.Client;

/// <summary>Runs the published program <c>malten</c>: how soon it has posted, and how fast it pipes.</summary>
internal sealed class ToolRuns(string tool, ServerProcess server)
{
    private const int Starts = 10;
    private const long Piped = 1_000_000_000;

    private readonly string _url = $"http://127.0.0.1:{server.Ports[0]}";

    /// <summary>Seconds from the start of the process to its end, for a post: the tool's, and curl's; medians of ten.</summary>
    public (double Ours, double Beside) Post()
    {
        string[] curl = ["-sf", "-o", "/dev/null", "-d", "stream=bench-tool", "-d", "message=hello", $"{_url}/messages"];
        return (Median(() => Time(tool, "post", "bench-tool", "hello", "--url", _url)), Median(() => Time("curl", curl)));
    }

    /// <summary>
    /// Megabytes a second of a gigabyte from one <c>malten pipe</c> to another, and of a bare POST and GET of the same node, which encrypt nothing.
    /// </summary>
    public (double Ours, double Beside) Pipe(TextWriter memory)
    {
        using var sender = Start("pipe", "--url", _url);
        var link = sender.StandardError.ReadLine()!;
        using var receiver = Start("pipe", link, "--url", _url);
        receiver.StandardInput.Close();
        var sending = Task.Run(() => Send(sender.StandardInput.BaseStream));
        var buffer = new byte[256 * 1024];
        var output = receiver.StandardOutput.BaseStream;
        var count = (long)output.Read(buffer); // it flows
        var (clock, marks) = (Stopwatch.StartNew(), new List<string>());
        for (var next = Piped / 4; count < Piped;)
        {
            if (output.Read(buffer) is not (> 0 and var more))
                throw new InvalidOperationException($"The pipe ended early: {receiver.StandardError.ReadToEnd()}");
            count += more;
            if (count < next) continue;
            marks.Add($"{Peak(sender.Id)} + {Peak(server.Id)} + {Peak(receiver.Id)}");
            next += Piped / 4;
        }

        var rate = count / 1e6 / clock.Elapsed.TotalSeconds;
        sending.Wait();
        sender.WaitForExit();
        receiver.WaitForExit();
        if (sender.ExitCode + receiver.ExitCode != 0) throw new InvalidOperationException($"malten pipe ended with {sender.ExitCode} and {receiver.ExitCode}.");
        memory.WriteLine($"Peak resident MB of sender + node + receiver, after each quarter of a gigabyte: {string.Join("; ", marks)}");
        var beside = new Course("one node", server.Usage, () => PipeConnection.Open(server.Ports[0], server.Ports[0]));
        var (megabytes, seconds) = beside.Run(TimeSpan.FromSeconds(4));
        return (rate, megabytes / seconds);
    }

    private Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo(tool, arguments)
    {
        RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
    })!;

    private static void Send(Stream input)
    {
        var zeros = new byte[64 * 1024];
        for (var rest = Piped; rest > 0; rest -= zeros.Length) input.Write(zeros, 0, (int)Math.Min(rest, zeros.Length));
        input.Close();
    }

    private static double Median(Func<double> measure) => Ratio.Median(Enumerable.Range(0, Starts).Select(_ => measure()));

    private static double Time(string program, params string[] arguments)
    {
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        process.WaitForExit();
        return process.ExitCode == 0 ? clock.Elapsed.TotalSeconds : throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
    }

    /// <summary>The most that was ever resident, in MB.</summary>
    private static string Peak(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        var kibibytes = long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return (kibibytes * 1024 / 1_000_000).ToString(CultureInfo.InvariantCulture);
    }
}
