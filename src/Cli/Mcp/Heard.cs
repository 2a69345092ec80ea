using Malten.Cli.Output;
using Malten.Client;
using Malten.Client.Encryption;

namespace Malten.Cli.Mcp;

/// <summary>A message as a room has heard it, with what may be shown of its author's name and text.</summary>
/// <param name="Id">A UUID.</param>
/// <param name="Created">The server's date, which is its place in the stream.</param>
/// <param name="Author">The name that its author uses; null for none.</param>
/// <param name="Text">The text.</param>
/// <param name="IsOwn">Whether this process said it.</param>
internal sealed record Heard(Guid Id, Timestamp Created, string? Author, string Text, bool IsOwn)
{
    private const int KeyLength = 12; // 72 bits of a public key: nobody makes another that begins so

    /// <summary>The beginning of the author's public key, where messages are signed.</summary>
    public string? Key { get; init; }

    /// <summary>What does not fit the other messages; null for nothing.</summary>
    public string? Doubt { get; init; }

    public static Heard Of(Message message, bool isOwn) =>
        new(message.Id, message.Created, message.User is { } user ? AgentText.Name(user) : null, AgentText.Of(message.Text), isOwn);

    public static Heard Of(EncryptedMessage message) =>
        new(message.Id, message.Created, Name(message.Name), AgentText.Of(message.Text), message.IsOwn)
        {
            Key = KeyOf(message.Author), Doubt = Words(FindingWords.Of(message.Findings)),
        };

    public static Heard Of(PipeMessage message, bool isOwn) =>
        new(message.Id, message.Created, Name(message.Name), AgentText.Of(message.Text), isOwn) { Doubt = Words(FindingWords.Of(message.Findings)) };

    /// <summary>The beginning of a public key.</summary>
    public static string KeyOf(string author) => author[..Math.Min(KeyLength, author.Length)];

    private static string? Name(string? name) => name is null ? null : AgentText.Name(VisibleName.Of(name));

    private static string? Words(string words) => words.Length > 0 ? words : null;
}
