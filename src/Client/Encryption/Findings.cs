namespace Malten.Client;

/// <summary>
/// What the messages of an encrypted stream say against each other: the server chooses which of them a reader gets, in which order
/// and with which dates, and each message says what stood before it. The conditions stand in docs/encryption.md.
/// </summary>
[Flags]
public enum Findings
{
    /// <summary>Nothing: all fits together.</summary>
    None = 0,

    /// <summary>Messages of this author before this one did not arrive.</summary>
    Missing = 1 << 0,

    /// <summary>Earlier messages of this author can't be had: they have faded, or the server holds them back.</summary>
    Faded = 1 << 1,

    /// <summary>Out of order: its author wrote it before a message that stands above it.</summary>
    Late = 1 << 2,

    /// <summary>Its author says that it could not be sent, and may not know that it is here.</summary>
    Skipped = 1 << 3,

    /// <summary>There are two versions of what this author wrote. Don't rely on either.</summary>
    Changed = 1 << 4,

    /// <summary>Its author had read a message that this reader is not given.</summary>
    Unseen = 1 << 5,

    /// <summary>Out of order: its author had read a message that stands below it.</summary>
    Before = 1 << 6,

    /// <summary>Its author had not been given what stands above it for a minute.</summary>
    Behind = 1 << 7,

    /// <summary>Its author's date and the server's are more than two minutes apart.</summary>
    Date = 1 << 8,

    /// <summary>The server gave it another date before.</summary>
    Moved = 1 << 9,

    /// <summary>Messages that stood after it before are not given now: the server had no room for them, or holds them back.</summary>
    Withheld = 1 << 10,

    /// <summary>More than one key uses its author's name, or one that looks like it.</summary>
    Namesake = 1 << 11,

    /// <summary>
    /// In a stream that leaves no trace: its author handed it over later, and it did not come at the time that it is dated, when this
    /// reader was there.
    /// </summary>
    Afterwards = 1 << 12,
}
