namespace Malten.Client;

/// <summary>The other side of a pipe can't go on with bytes or files, and has said so. What had come before is genuine, and not all.</summary>
public sealed class TransferStoppedException : IOException
{
    internal TransferStoppedException()
        : base("The other side can't go on, and has stopped the transfer.")
    {
    }
}
