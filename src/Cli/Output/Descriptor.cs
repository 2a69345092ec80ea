using System.Runtime.InteropServices;

namespace Malten.Cli.Output;

/// <summary>The standard descriptors as whoever started this program left them.</summary>
internal static class Descriptor
{
    private const int GetFlags = 1; // F_GETFD, on Linux, macOS and BSD
    private const int CloseOnExecution = 1; // FD_CLOEXEC

    /// <summary>
    /// Whether a standard descriptor was closed when the program began. The first files that the runtime opens then take its number, so
    /// that reading it waits for ever and what is written disappears; but those are closed on execution, which no inherited one is.
    /// </summary>
    /// <param name="number">0 for standard input, 1 for standard output.</param>
    public static bool IsClosed(int number) => !OperatingSystem.IsWindows() && Control(number, GetFlags) is -1 or CloseOnExecution;

    [DllImport("libc", EntryPoint = "fcntl")]
    private static extern int Control(int descriptor, int command);
}
