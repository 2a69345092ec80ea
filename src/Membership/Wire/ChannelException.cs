namespace Malten.Membership;

/// <summary>The other side of a connection may not, or cannot, speak to this one.</summary>
internal sealed class ChannelException(string reason) : IOException(reason);
