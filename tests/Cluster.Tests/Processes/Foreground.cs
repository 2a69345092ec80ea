using System.Diagnostics;

namespace Malten.Cluster.Tests.Processes;

/// <summary>Programs that end on Ctrl-C, as those that somebody starts in a terminal do.</summary>
internal static class Foreground
{
    /// <summary>
    /// How to start a program. Whoever starts the tests in the background has Ctrl-C ignored, by them and by all that they
    /// start; GNU's <c>env</c> takes that back.
    /// </summary>
    public static ProcessStartInfo Command(params string[] command) => OperatingSystem.IsLinux()
        ? new ProcessStartInfo("env", ["--default-signal=INT", .. command])
        : new ProcessStartInfo(command[0], command[1..]);
}
