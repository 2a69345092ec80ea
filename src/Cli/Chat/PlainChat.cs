using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Chat;

/// <summary>A chat between programs: each line of standard input is said, and what others say is printed.</summary>
/// <param name="source">Standard input; whoever opened it closes it.</param>
internal sealed class PlainChat(Conversation conversation, Stream source, ItemPrinter printer)
{
    private volatile bool _saidAll = true;
    private volatile bool _isSaying; // a line that was read has not been said yet
    private bool _hasFailed; // the conversation ended otherwise than by the other side's farewell

    /// <summary>Runs until standard input ends, or the conversation is over.</summary>
    /// <returns>Whether all lines were said, and the conversation did not break off before standard input had ended.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (listening, saying) = (ListenAsync(stop.Token), SayAsync(stop.Token));
        var ended = await Task.WhenAny(listening, saying);
        await stop.CancelAsync();
        await ended;
        cancellationToken.ThrowIfCancellationRequested();
        return _saidAll && (ended == saying || !(_isSaying || _hasFailed));
    }

    private async Task ListenAsync(CancellationToken stop)
    {
        await foreach (var item in conversation.ListenAsync(stop))
        {
            _hasFailed = Conversation.BreaksOff(item);
            printer.Print(item);
        }
    }

    private async Task SayAsync(CancellationToken stop)
    {
        await conversation.OpensAsync(stop);
        var number = 0;
        await foreach (var (line, fault) in InputLines.ReadAsync(source, stop))
        {
            number++;
            if (fault is not null) Fail($"line {number} {fault}");
            if (string.IsNullOrWhiteSpace(line)) continue;
            _isSaying = true;
            try
            {
                await conversation.PostAsync(line, Guid.CreateVersion7(), null, stop);
            }
            catch (Exception refused) when (refused is ArgumentException or MaltenException { Parameter: "message" })
            {
                Fail($"line {number}: {FailureText.Of(refused)}"); // the next one may be shorter
            }

            _isSaying = false;
        }

        void Fail(string why)
        {
            Console.Error.WriteLine($"malten: {why}");
            _saidAll = false;
        }
    }
}
