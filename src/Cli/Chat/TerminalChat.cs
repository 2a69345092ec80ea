using System.Globalization;
using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Chat;

/// <summary>A chat on a terminal: what is said above, the line that is being written below.</summary>
internal sealed class TerminalChat
{
    private readonly Conversation _conversation;
    private readonly ItemPrinter _printer;
    private readonly LineEditor _line;
    private readonly TypingStatus _typing;
    private readonly Outbox _outbox;
    private bool _hasFailed; // the conversation ended otherwise than by the other side's farewell

    public TerminalChat(Conversation conversation, ItemPrinter printer)
    {
        (_conversation, _printer) = (conversation, printer);
        _typing = new TypingStatus(conversation.SetStatusAsync, TimeProvider.System);
        _line = new LineEditor(Console.Out, () => Console.WindowWidth, () => _outbox!.TakeBack(), () => _outbox?.HeldUp ?? 0);
        _outbox = new Outbox(conversation, Show, Tell, _line.ShowUnsent, TimeProvider.System);
    }

    /// <summary>Runs until somebody ends it with Ctrl-D, /quit or Ctrl-C, or the conversation is over. What was not sent then is told.</summary>
    /// <returns>Whether the conversation did not break off, and all was sent.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunToEndAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (_outbox.Unsent.Count > 0)
        {
            // what is told below is more than that it was interrupted
        }
        finally
        {
            Console.Out.WriteLine();
            foreach (var text in _outbox.Unsent) Console.Error.WriteLine($"malten: not sent: {Printable.Line(text)}");
        }

        return !_hasFailed && _outbox.Unsent.Count == 0;
    }

    private async Task RunToEndAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (listening, telling, saying) = (ListenAsync(stop.Token), _typing.RunAsync(stop.Token), _outbox.RunAsync(stop.Token));
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
        }
    }

    private async Task ListenAsync(CancellationToken stop)
    {
        _line.ShowStatus("");
        await foreach (var item in _conversation.ListenAsync(stop))
        {
            _hasFailed = Conversation.BreaksOff(item);
            _outbox.Hear(item);
            if (item is PresenceChanged changed) _line.ShowStatus(Status(changed.Presence));
            else Show(item);
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
                if (!string.IsNullOrWhiteSpace(text)) _outbox.Add(text);
                else if (_line.IsEmpty) _outbox.LeaveAsItWas();
                _typing.Note(isWriting: !_line.IsEmpty);
            }

            _outbox.Complete();
        }
        catch (Exception failed)
        {
            _outbox.Complete(failed);
        }
    }

    private void Show(StreamItem item) => _line.Above(() => _printer.Print(item));

    private void Tell(string what) => _line.Above(() => Console.Out.WriteLine($"malten: {Printable.Line(what)}"));

    private static string Status(Presence presence)
    {
        var typing = presence.Users.Where(user => user.Status == PresenceStatus.Typing).Select(user => Printable.Line(user.User)).ToList();
        var here = string.Create(CultureInfo.InvariantCulture, $"{presence.Observers} here");
        return typing.Count == 0 ? here : $"{here}, {string.Join(", ", typing.Take(2))} typing";
    }
}
