using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>A message of a stream that leaves no trace, as this participant has it.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class TraceEntry
{
    public TraceEntry(Guid id, Timestamp created, Enc2Content content, string hash)
    {
        (Id, Created, Content) = (id, created, content);
        Compared = new HistoryEntry(
            Key, hash, created.Nanoseconds / 1e6, content.Author, content.Number, content.Skipped, content.Time, content.Previous, content.Seen, content.Name);
    }

    public Guid Id { get; }

    public Timestamp Created { get; }

    public Enc2Content Content { get; }

    public string Author => Content.Author;

    /// <summary>Whoever hands over a message chooses its id, so an id alone could take the place of what another wrote.</summary>
    public string Key => KeyOf(Id, Author);

    /// <summary>What is compared with the other messages.</summary>
    public HistoryEntry Compared { get; }

    /// <summary>What its author signed; null for what others wrote, which is nobody else's to hand over.</summary>
    public byte[]? Signed { get; init; }

    public bool IsHandedOver { get; init; }

    /// <summary>What is known against it without comparing it with others.</summary>
    public Findings Findings { get; init; }

    /// <summary>What the caller was told; null before.</summary>
    public EncryptedMessage? Told { get; set; }

    public static string KeyOf(Guid id, string author) => $"{author} {id}";
}
