using System.Globalization;
using System.Threading.Channels;
using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Chat;

/// <summary>A chat on a terminal: what is said above, the line that is being written below.</summary>
internal sealed class TerminalChat(Conversation conversation, ItemPrinter printer)
{
    private readonly LineEditor _line = new(Console.Out, () => Console.WindowWidth);
    private readonly TypingStatus _typing = new(conversation.SetStatusAsync, TimeProvider.System);
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>(); // that are to be said, in their order
    private bool _hasFailed; // the conversation ended otherwise than by the other side's farewell

    /// <summary>Runs until somebody ends it with Ctrl-D or /quit, or the conversation is over.</summary>
    /// <returns>Whether the conversation did not break off.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (listening, telling, saying) = (ListenAsync(stop.Token), _typing.RunAsync(stop.Token), SayAsync(stop.Token));
        _ = Task.Run(() => ReadKeys(stop.Token), CancellationToken.None); // nothing cancels a terminal: it may wait for a key until the process ends
        var ended = await Task.WhenAny(listening, telling, saying);
        await stop.CancelAsync();
        try
        {
            await ended; // a failure of any
            await Task.WhenAll(listening, saying);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // it was ended from here
        }
        finally
        {
            await Task.WhenAll(listening, telling, saying).ContinueWith(static _ => { }, TaskScheduler.Default);
            Console.Out.WriteLine();
        }

        return !_hasFailed;
    }

    private async Task ListenAsync(CancellationToken stop)
    {
        _line.ShowStatus("");
        await foreach (var item in conversation.ListenAsync(stop))
        {
            _hasFailed = Conversation.BreaksOff(item);
            if (item is PresenceChanged changed) _line.ShowStatus(Status(changed.Presence));
            else _line.Above(() => printer.Print(item));
        }
    }

    /// <summary>Takes keys until the end is asked for. Nothing that a node is asked keeps it from the next one.</summary>
    private void ReadKeys(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var key = Console.ReadKey(intercept: true);
                if (key is { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } && _line.IsEmpty) break;
                var text = _line.Take(key);
                if (text?.Trim() == "/quit") break;
                if (!string.IsNullOrWhiteSpace(text)) _lines.Writer.TryWrite(text);
                _typing.Note(isWriting: !_line.IsEmpty);
            }

            _lines.Writer.TryComplete();
        }
        catch (Exception failed)
        {
            _lines.Writer.TryComplete(failed);
        }
    }

    /// <summary>Says each line, to the last that was written before the end was asked for.</summary>
    private async Task SayAsync(CancellationToken stop)
    {
        await foreach (var text in _lines.Reader.ReadAllAsync(stop))
        {
            try
            {
                await conversation.PostAsync(text, stop);
            }
            catch (Exception failed) when (failed is MaltenException or ArgumentException)
            {
                _line.Above(() => Console.Out.WriteLine($"malten: not sent: {Printable.Line(FailureText.Of(failed))}"));
                GiveBack(text);
            }
        }
    }

    /// <summary>Puts back what could not be said, and what was to be said after it: that would come too early now.</summary>
    private void GiveBack(string unsaid)
    {
        while (_lines.Reader.TryRead(out var next)) unsaid += $" {next}";
        _line.Return(unsaid);
    }

    private static string Status(Presence presence)
    {
        var typing = presence.Users.Where(user => user.Status == PresenceStatus.Typing).Select(user => Printable.Line(user.User)).ToList();
        var here = string.Create(CultureInfo.InvariantCulture, $"{presence.Observers} here");
        return typing.Count == 0 ? here : $"{here}, {string.Join(", ", typing.Take(2))} typing";
    }
}
