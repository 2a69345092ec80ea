using System.Runtime.InteropServices;
using Malten.Bench.Hostile;
using Malten.Bench.Load.Scenarios;
using Malten.Bench.Load.Servers;

if (args is [AttackerProcess.Verb, .. var rest]) return await AttackerProgram.RunAsync(rest);
if (Options.Parse(args) is not { } options) return 2;

using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    MachineFacts.Write(Console.Out, nginx: null);
    Table.WriteHead(Console.Out);
    foreach (var trial in options.Trials()) Table.Write(Console.Out, trial, await trial.RunAsync());
    return 0;
}
finally
{
    ServerProcess.StopAll();
}

static void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    ServerProcess.StopAll();
    Environment.Exit(130);
}
