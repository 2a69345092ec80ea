namespace Malten.Client;

/// <summary>A file was not transferred. What was written of it is not the file.</summary>
public sealed class FileTransferException : IOException
{
    internal FileTransferException(FileFault fault, Exception? inner = null) : base(Explain(fault), inner) => Fault = fault;

    /// <summary>Why.</summary>
    public FileFault Fault { get; }

    private static string Explain(FileFault fault) => fault switch
    {
        FileFault.Declined => "The other side does not want this file.",
        FileFault.Unwritten => "The receiver can't write this file.",
        FileFault.Unread => "The sender can't read this file.",
        FileFault.Mismatch => "What has come is not what was sent: the SHA-256 sums are different.",
        FileFault.Changed => "The file is not as long as was said: it has changed meanwhile, or the sender lies.",
        FileFault.Lost => "The connection is over before the whole file was transferred.",
        _ => "The transfer of this file was stopped.",
    };
}

/// <summary>Why a file was not transferred.</summary>
public enum FileFault
{
    /// <summary>The receiver does not want it.</summary>
    Declined = 1,

    /// <summary>Either side has stopped it.</summary>
    Stopped = 2,

    /// <summary>The sender can't read it.</summary>
    Unread = 3,

    /// <summary>The receiver can't write it.</summary>
    Unwritten = 4,

    /// <summary>The SHA-256 of what has come is not that of what was sent.</summary>
    Mismatch = 5,

    /// <summary>There are more or fewer bytes than were promised.</summary>
    Changed = 6,

    /// <summary>The pipe is over, or the other side does not keep to the protocol.</summary>
    Lost = 7,
}
