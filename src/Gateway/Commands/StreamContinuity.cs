using System.Text.Json;
using Malten.Streams;

namespace Malten.Gateway.Commands;

/// <summary>
/// Tells whether the stream of a command has ended: then nothing of it may be sent on, and nobody who took the name since
/// may hear of it. A stream that has never held a message can't be told from one that has ended; it counts as not ended.
/// </summary>
internal sealed class StreamContinuity(WaitingCommand waiting)
{
    private bool _held;

    /// <summary>Whether the stream has ended.</summary>
    public async Task<bool> HasEndedAsync(CancellationToken cancellationToken)
    {
        var (command, broker) = waiting;
        if (command.Begun == 0) return false; // there was none to end
        try
        {
            var page = await broker.ReadAsync(
                new PageRequest(command.Address, 1, PageDirection.Backward), cancellationToken);
            if (page is not [var newest]) return _held;
            _held = true;
            await broker.AppendAsync(Again(newest, command), cancellationToken);
            return false;
        }
        catch (StreamRefusedException refused) when (IsEnd(refused))
        {
            return true;
        }
    }

    /// <summary>Whether a request for the command's stream was refused because that stream has ended.</summary>
    public static bool IsEnd(StreamRefusedException refused) => refused.Refusal is Refusal.NotYours or Refusal.Ended;

    /// <summary>
    /// A message that the stream holds, once more: changes nothing, for its id is known, but is refused when the stream is
    /// another one. The port has no other way to ask.
    /// </summary>
    private static Draft Again(Frame held, Command command)
    {
        var message = JsonSerializer.Deserialize(held.Payload.Span, WireJson.Default.Message)!;
        return new Draft
        {
            Address = command.Address,
            Begun = command.Begun,
            Id = message.Id,
            Text = MessageText.Parse(message.Text),
            User = message.User is null ? null : UserLabel.Parse(message.User),
            ReplyTo = message.ReplyTo ?? command.Id, // so that it is no command again
        };
    }
}
