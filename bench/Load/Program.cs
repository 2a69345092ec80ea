using System.Runtime.InteropServices;
using Malten.Bench.Load.Scenarios;
using Malten.Bench.Load.Servers;

if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("This program uses epoll and /proc, so it runs only on Linux.");
    return 1;
}

SuiteOptions options;
try
{
    options = SuiteOptions.Parse(args);
}
catch (ArgumentException mistake)
{
    Console.Error.WriteLine($"{mistake.Message}\n{SuiteOptions.Usage}");
    return 2;
}

var folder = Directory.CreateTempSubdirectory("malten-bench-").FullName;
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    // The report is printed at the end, because a line about each round is printed meanwhile.
    using var report = new StringWriter();
    new Suite(options, folder, report).Run();
    Console.WriteLine(report);
    return 0;
}
catch (Exception failure)
{
    // Every exception is caught, because an uncaught one would skip the cleanup that stops the servers.
    Console.Error.WriteLine(failure is InvalidOperationException or TimeoutException ? failure.Message : failure);
    return 1;
}
finally
{
    CleanUp();
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    CleanUp();
    Environment.Exit(130);
}

void CleanUp()
{
    lock (folder)
    {
        ServerProcess.StopAll();
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
