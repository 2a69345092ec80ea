using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary>The exit codes that scripts may rely on.</summary>
internal static class ExitCode
{
    /// <summary>All was done.</summary>
    public const int Done = 0;

    /// <summary>
    /// A node refused, or what answered is no Malten node; the output could not be written or the input not read; a pipe ended early;
    /// a file was declined or not transferred; or the command that <c>on</c> runs failed.
    /// </summary>
    public const int Refused = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>No node could be reached.</summary>
    public const int Unreachable = 3;

    /// <summary>Nothing answered a command.</summary>
    public const int NotAnswered = 4;

    /// <summary>A file that has come is not the one that was sent.</summary>
    public const int Mismatch = 5;

    /// <summary>Stopped by Ctrl-C or SIGTERM.</summary>
    public const int Interrupted = 130;

    /// <summary>The code of a failure.</summary>
    public static int Of(MaltenException failed) => failed.Fault switch
    {
        MaltenFault.Unreachable => Unreachable,
        MaltenFault.NotAnswered => NotAnswered,
        _ => Refused,
    };
}

/// <summary>A command line that the parser takes, and that makes no sense all the same.</summary>
internal sealed class UsageException(string message) : Exception(message);
