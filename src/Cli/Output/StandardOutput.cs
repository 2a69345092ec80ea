using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Malten.Cli.Output;

/// <summary>
/// Standard output, a line at a time. Where it is a pipe, .NET's own stream discards what nobody reads any more, so that
/// <c>malten listen news | head -1</c> would never end.
/// </summary>
internal sealed class StandardOutput : IAsyncDisposable
{
    private const int Number = 1;
    private const int BrokenPipe = 32; // EPIPE, on Linux, macOS and BSD

    private readonly StreamWriter _writer;
    private readonly bool _throws;
    private readonly Lock _gate = new(); // lines come from several threads

    internal StandardOutput(Stream stream, bool throws = true) =>
        (_writer, _throws) = (new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)), throws);

    /// <summary>Why a line could not be written, which was not thrown; null while none was lost.</summary>
    public IOException? Failure { get; private set; }

    /// <param name="isNeeded">Whether the command certainly writes something: then a descriptor that is closed is a failure at once.</param>
    /// <exception cref="IOException">It is closed.</exception>
    public static StandardOutput Open(bool isNeeded = false)
    {
        if (isNeeded) Require();
        return new StandardOutput(OpenStream());
    }

    /// <exception cref="IOException">It was closed before the program began.</exception>
    public static void Require()
    {
        if (Descriptor.IsClosed(Number)) throw ClosedStream.NewFailure();
    }

    /// <summary>For a command whose work is another than to print: it goes on when a line can't be written, which <see cref="Failure"/> remembers.</summary>
    public static StandardOutput OpenForReports() => new(OpenStream(), throws: false);

    /// <summary>Writes a line; it is out when this returns. Safe for use by several threads.</summary>
    /// <exception cref="BrokenPipeException">Nobody reads any more.</exception>
    /// <exception cref="IOException">It could not be written: a disk is full.</exception>
    public void WriteLine(string line)
    {
        lock (_gate)
        {
            if (Failure is not null) return;
            try
            {
                _writer.Write(line);
                _writer.Write('\n');
                _writer.Flush();
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException) // the latter of a descriptor that is closed
            {
                var failure = failed as IOException ?? new IOException(failed.Message, failed);
                if (_throws) throw IsBroken(failure) ? new BrokenPipeException(failure) : failure;
                Failure = failure;
            }
        }
    }

    /// <summary>Whether it could not be written because nobody reads any more.</summary>
    public static bool IsBroken(IOException failed) => failed.HResult == BrokenPipe;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask; // each line is out, and the descriptor is the process's

    /// <summary>The bare stream, for bytes.</summary>
    public static Stream OpenStream()
    {
        if (Descriptor.IsClosed(Number)) return new ClosedStream();
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected) return Console.OpenStandardOutput();
        var stream = new FileStream(new SafeFileHandle(Number, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream; // in a file, it would overwrite what others of the same shell write
    }
}

/// <summary>Standard output that was closed before the program began. Commands that write nothing do without it.</summary>
file sealed class ClosedStream : MemoryStream
{
    public override void Write(byte[] buffer, int offset, int count) => throw NewFailure();

    public override void Write(ReadOnlySpan<byte> buffer) => throw NewFailure();

    public static IOException NewFailure() => new("Standard output is closed.");
}

/// <summary>Whoever read the output reads no more.</summary>
internal sealed class BrokenPipeException(IOException inner) : Exception(inner.Message, inner);
