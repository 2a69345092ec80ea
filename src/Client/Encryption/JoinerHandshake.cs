using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>The side that opens the link.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class JoinerHandshake(PipeSecrets link, Kem? kem) : PipeHandshake
{
    private readonly Pipe2Joiner _side = new(link, EcdhPair.New(), kem);
    private bool _hasBegun;

    public override byte[]? Begin()
    {
        _hasBegun = true;
        return _side.Commit();
    }

    public override void Dispose() => _side.Dispose();

    private protected override HandshakeStep Answer(byte[] frame)
    {
        if (!_hasBegun) return IsCommit(frame) ? new HandshakeStep(End: PipeEnd.Taken) : HandshakeStep.Nothing;
        switch (frame[0])
        {
            case FrameType.Hello when !frame.AsSpan(1).StartsWith(_side.Commitment):
                return _side.IsForAnother(frame) ? new HandshakeStep(End: PipeEnd.Taken) : HandshakeStep.Nothing;
            case FrameType.Hello:
                return _side.Reveal(frame) is { } reveal ? new HandshakeStep(reveal) : Forged;
            case FrameType.Accept:
                return _side.Finish(frame) is { } agreed ? new HandshakeStep(null, agreed.Keys, agreed.Ratchet) : Forged;
            default:
                return HandshakeStep.Nothing;
        }
    }

    /// <summary>Whether somebody has begun a handshake with this link before.</summary>
    private bool IsCommit(byte[] frame) => frame is [FrameType.Commit, ..] && new Pipe2Transcript(link).Read(frame) is not null;
}
