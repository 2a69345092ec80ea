using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>One side of the handshake of a pipe: which frame it answers, and when.</summary>
[UnsupportedOSPlatform("browser")]
internal abstract class PipeHandshake : IDisposable
{
    /// <summary>The frame with which this side begins; null where the other one does.</summary>
    public abstract byte[]? Begin();

    /// <summary>Takes a frame of the other side, or of whoever posts to the pipe.</summary>
    public HandshakeStep Take(byte[] frame)
    {
        try
        {
            return Answer(frame);
        }
        catch (PipeCheatException)
        {
            return new HandshakeStep(End: PipeEnd.Cheated);
        }
        catch (PipeRepeatException)
        {
            return new HandshakeStep(End: PipeEnd.Repeated);
        }
    }

    /// <summary>What recognizes another joiner once the pipe is open, and can open no message.</summary>
    public virtual Func<byte[], bool> WatchForOthers() => _ => false;

    public abstract void Dispose();

    private protected abstract HandshakeStep Answer(byte[] frame);

    private protected static HandshakeStep Forged { get; } = new(IsForged: true);
}
