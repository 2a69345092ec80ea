using System.Runtime.Versioning;

namespace Malten.Client.Encryption;

/// <summary>A message as a reader has it, without its text: what it says about itself, and the server's date.</summary>
/// <param name="Id">The message's id.</param>
/// <param name="Hash">By which others refer to it.</param>
/// <param name="Created">The server's date, in Unix milliseconds.</param>
/// <param name="Author">The author's key.</param>
/// <param name="Number">Of the author's messages.</param>
/// <param name="Skipped">How many right before it were given up.</param>
/// <param name="Time">The author's date, in Unix milliseconds.</param>
/// <param name="Previous">The hash of the author's message before those.</param>
/// <param name="Seen">Hashes of what the author had read.</param>
/// <param name="Name">The author's name.</param>
[UnsupportedOSPlatform("browser")]
internal sealed record HistoryEntry(
    string Id, string Hash, double Created, string Author, long Number, int Skipped, double Time, string Previous, IReadOnlyList<string> Seen, string Name)
{
    /// <summary>What the name has in common with those that people may confuse with it.</summary>
    public string Look { get; } = NameLook.Of(Name);
}
