using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary>What a program that is run for a message is given: its standard input, and its environment.</summary>
/// <param name="Text">The text, on standard input.</param>
/// <param name="Variables">What the environment says of it.</param>
internal sealed record MessageEnvironment(string Text, IReadOnlyDictionary<string, string> Variables)
{
    /// <summary>Of a message, encrypted or not; null for all else, also for what is not encrypted where it should be.</summary>
    public static MessageEnvironment? Of(StreamItem item) => item switch
    {
        Message message => new MessageEnvironment(message.Text, Common(message.Stream, message.Id, message.Created, message.User)),
        EncryptedMessage message => OfEncrypted(message),
        _ => null,
    };

    private static MessageEnvironment OfEncrypted(EncryptedMessage message)
    {
        var variables = Common(message.Stream, message.Id, message.Created, message.Name);
        variables["MALTEN_AUTHOR"] = message.Author;
        variables["MALTEN_FINDINGS"] = string.Join(' ', FindingWords.Names(message.Findings));
        return new MessageEnvironment(message.Text, variables);
    }

    private static Dictionary<string, string> Common(string stream, Guid id, Timestamp created, string? user) => new()
    {
        ["MALTEN_STREAM"] = stream, ["MALTEN_ID"] = id.ToString(), ["MALTEN_CREATED"] = created.ToString(), ["MALTEN_USER"] = user ?? "",
    };
}
