using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>The side that made the link.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class InviterHandshake(PipeSecrets link, Pipe2Inviter side) : PipeHandshake
{
    private bool _isDone;

    public override byte[]? Begin() => null;

    public override void Dispose() => side.Dispose();

    public override Func<byte[], bool> WatchForOthers()
    {
        var (beginning, joiner) = (new Pipe2Transcript(link), side.Joiner!);
        return frame => frame is [FrameType.Commit, ..] && !frame.AsSpan(1).StartsWith(joiner) && beginning.Fork().Read(frame) is not null;
    }

    private protected override HandshakeStep Answer(byte[] frame)
    {
        if (frame[0] == FrameType.Commit && side.Joiner is null)
            return side.Hello(link, frame) is { } hello ? new HandshakeStep(hello) : Forged;
        if (frame[0] != FrameType.Reveal || side.Joiner is null || _isDone) return HandshakeStep.Nothing;
        if (side.Accept(link, frame) is not { } accepted) return Forged;
        _isDone = true;
        return new HandshakeStep(accepted.Frame, accepted.Keys, accepted.Ratchet);
    }
}
