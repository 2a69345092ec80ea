using Malten.Client;
using Malten.Client.Encryption;

namespace Malten.Cli.Output;

/// <summary>What is printed of a message, encrypted or not.</summary>
internal sealed record Said(string Stream, Timestamp Created, string? User, string Text)
{
    /// <summary>Of a message; null for all else.</summary>
    public static Said? Of(StreamItem item) => item switch
    {
        Message message => new Said(message.Stream, message.Created, message.User, message.Text),
        EncryptedMessage message => new Said(message.Stream, message.Created, message.Name is { } name ? VisibleName.Of(name) : null, message.Text),
        PipeMessage message => new Said("", message.Created, message.Name is { } name ? VisibleName.Of(name) : null, message.Text),
        _ => null,
    };
}
