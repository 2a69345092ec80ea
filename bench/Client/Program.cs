using System.Globalization;
using System.Runtime.InteropServices;
using Malten.Bench.Client;
using Malten.Bench.Load.Scenarios;
using Malten.Bench.Load.Servers;

if (args is not [var tool, .. var more])
{
    Console.Error.WriteLine("Name the published program malten, and then, if you want, the number of rounds.");
    return 2;
}

var rounds = more is [var number, ..] ? int.Parse(number, CultureInfo.InvariantCulture) : 3;
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    MachineFacts.Write(Console.Out, nginx: null);
    var program = Path.Combine(AppContext.BaseDirectory, "Malten.Gateway.dll");
    using var lifted = DotnetServer.StartMalten(program);
    using var node = DotnetServer.StartMalten(program, isLifted: false);
    using var load = new ClientLoad(lifted);
    var runs = new ToolRuns(tool, node);
    var posts = new Ratio("posts, 32 connections", "posts/s");
    var (one, ten) = (new Ratio("hears, 1 listener", "messages/s"), new Ratio("hears, 10 listeners", "messages/s"));
    var (start, pipe) = (new Ratio("`malten post` : `curl`", "s"), new Ratio("`malten pipe` : bare `/bytes`", "MB/s"));
    await load.PostAsync(); // compiles
    await load.HearAsync(1);
    for (var round = 0; round < rounds; round++)
    {
        Add(posts, await load.PostAsync());
        Add(one, await load.HearAsync(1));
        Add(ten, await load.HearAsync(10));
        Add(start, runs.Post());
        Add(pipe, runs.Pipe(Console.Out));
    }

    Ratio.WriteHead(Console.Out);
    foreach (var ratio in (Ratio[])[posts, one, ten, start, pipe]) ratio.Write(Console.Out);
    return 0;
}
finally
{
    ServerProcess.StopAll();
}

static void Add(Ratio ratio, (double Ours, double Beside) round) => ratio.Add(round.Ours, round.Beside);

static void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    ServerProcess.StopAll();
    Environment.Exit(130);
}
