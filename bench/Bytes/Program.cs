using System.Globalization;
using System.Runtime.InteropServices;
using Malten.Bench.Bytes;
using Malten.Bench.Load.Scenarios;
using Malten.Bench.Load.Servers;

if (args is [TcpRelay.Verb]) return TcpRelay.Run();
var (rounds, length) = (Number(0, 3), TimeSpan.FromSeconds(Number(1, 4)));

using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    MachineFacts.Write(Console.Out, nginx: null);
    var directory = AppContext.BaseDirectory;
    using var relay = new TcpRelay();
    using var node = DotnetServer.StartMalten(Path.Combine(directory, "Malten.Gateway.dll"), isLifted: false);
    using var silos = SiloCluster.Start(Path.Combine(directory, "Malten.Silo.dll"), 2, isLifted: false);
    Course[] courses =
    [
        new("a TCP relay", relay.Usage, () => relay.Connect()),
        new("one node", node.Usage, () => PipeConnection.Open(node.Ports[0], node.Ports[0])),
        new("two silos", silos.Usage, () => PipeConnection.Open(silos.Ports[0], silos.Ports[1])),
    ];
    Course.WriteHead(Console.Out);
    foreach (var course in courses) course.Run(length); // compiles
    for (var round = 0; round < rounds; round++)
        foreach (var course in courses) course.Measure(length);
    foreach (var course in courses) course.Write(Console.Out, courses[0]);
    return 0;
}
finally
{
    ServerProcess.StopAll();
}

int Number(int index, int otherwise) => args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;

static void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    ServerProcess.StopAll();
    Environment.Exit(130);
}
