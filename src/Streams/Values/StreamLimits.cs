using Malten.Streams.Listeners;

namespace Malten.Streams.Values;

/// <summary>The limits of a stream, as the wire contract states them.</summary>
public static class StreamLimits
{
    /// <summary>The most messages a stream holds; beyond it, the oldest is evicted.</summary>
    public const int Messages = 1024;

    /// <summary>The longest plain text, in Unicode scalar values.</summary>
    public const int TextLength = 1024;

    /// <summary>
    /// The longest encrypted text, in characters: what 1024 characters of four UTF-8 bytes need with their author's key,
    /// name and signature (docs/encryption.md), in base64url, after the prefix.
    /// </summary>
    public const int EncryptedLength = 6144;

    /// <summary>The longest stream name, in Unicode scalar values.</summary>
    public const int NameLength = 128;

    /// <summary>The longest user label, in Unicode scalar values.</summary>
    public const int UserLength = 32;

    /// <summary>The longest prompt of a command, in Unicode scalar values.</summary>
    public const int PromptLength = 1024;

    /// <summary>The most streams that one connection may listen to.</summary>
    public const int StreamsPerListener = 32;

    /// <summary>The most connections that may listen from one seat of a pipe at a time.</summary>
    public const int ListenersPerSeat = 2;

    /// <summary>The most listeners that a presence answer names, in streams where it does.</summary>
    public const int ListenersNamed = 128;

    /// <summary>The most listeners of one node and stream whose going is told to the others, where it is.</summary>
    public const int ListenersFollowed = 1024;

    /// <summary>The most signals that wait for one listener.</summary>
    public const int SignalsWaiting = 256;

    /// <summary>The most users that a presence answer names; <see cref="Presence.Observers"/> counts all.</summary>
    public const int UsersNamed = 128;
}
