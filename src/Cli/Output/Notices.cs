using Malten.Client;

namespace Malten.Cli.Output;

/// <summary>
/// Says on standard error what a listener should know besides the messages: always that some are gone, or do not fit the others; on a terminal also how the
/// connection is.
/// </summary>
internal sealed class Notices(bool showsConnections)
{
    public void Print(StreamItem item)
    {
        switch (item)
        {
            case Gap:
                Console.Error.WriteLine("malten: some messages are gone.");
                break;
            case EncryptedMessage { Findings: not Findings.None } message:
                Tell(message);
                break;
            case FindingsChanged { Message.Findings: not Findings.None } changed:
                Tell(changed.Message);
                break;
            case PipeMessage { Findings: not PipeFindings.None } message:
                Console.Error.WriteLine($"malten: about '{message}': {FindingWords.Of(message.Findings)}");
                break;
            case PipeClosed { Missing: > 0 } closed:
                Console.Error.WriteLine($"malten: {closed.Missing} of their messages did not arrive. {closed}");
                break;
            case PipeWarning or PipeOpened or PipeClosed { Reason: not (PipeEnd.Left or PipeEnd.Over) }:
                Console.Error.WriteLine($"malten: {item}");
                break;
            case AuthorLeft or HistoryIncomplete or HeldByServer:
                Console.Error.WriteLine($"malten: {item}");
                break;
            case UnencryptedMessage or UnreadableMessage:
                Console.Error.WriteLine($"malten: left out: {item}");
                break;
            case Disconnected { Cause: { } cause } lost when showsConnections:
                Console.Error.WriteLine($"malten: {cause.Message} Trying again in {lost.RetryIn.TotalSeconds:0.#} s.");
                break;
            case Disconnected or Dismissed or Expired when showsConnections:
                Console.Error.WriteLine($"malten: {item}");
                break;
        }
    }

    private static void Tell(EncryptedMessage message) => Console.Error.WriteLine($"malten: about '{message}': {FindingWords.Of(message.Findings)}");
}
