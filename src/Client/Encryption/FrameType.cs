namespace Malten.Client.Encryption;

/// <summary>What the first byte of a frame of a pipe says.</summary>
internal static class FrameType
{
    public const byte Commit = 1;
    public const byte Hello = 2;
    public const byte Reveal = 3;
    public const byte Accept = 4;
    public const byte Message = 5;
    public const byte Farewell = 6;
}
