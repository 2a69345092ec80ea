using System.Globalization;
using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Chat;

/// <summary>A chat on a terminal: what is said above, the line that is being written below.</summary>
internal sealed class TerminalChat(Conversation conversation, ItemPrinter printer)
{
    private static readonly TimeSpan TypingLasts = TimeSpan.FromSeconds(4);

    private readonly LineEditor _line = new(Console.Out, () => Console.WindowWidth);
    private bool _hasFailed; // the conversation ended otherwise than by the other side's farewell
    private long _typed; // a timestamp; 0 while nothing is being written

    /// <summary>Runs until somebody ends it with Ctrl-D or /quit, or the conversation is over.</summary>
    /// <returns>Whether the conversation did not break off.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listening = ListenAsync(stop.Token);
        var ended = await Task.WhenAny(listening, Task.Run(() => WriteAsync(stop.Token), CancellationToken.None));
        await stop.CancelAsync();
        try
        {
            await ended; // a failure of either
            await listening;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // it was ended from here
        }
        finally
        {
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

    private async Task WriteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var key = Console.ReadKey(intercept: true);
            if (key is { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } && _line.IsEmpty) return;
            if (_line.Take(key) is { } text)
            {
                if (text.Trim() == "/quit") return;
                if (!string.IsNullOrWhiteSpace(text)) await SayAsync(text, stop);
            }
            else await TypeAsync(stop);
        }
    }

    private async Task SayAsync(string text, CancellationToken stop)
    {
        try
        {
            await conversation.PostAsync(text, stop);
            _typed = 0;
            await conversation.SetStatusAsync(PresenceStatus.Online, stop);
        }
        catch (Exception failed) when (failed is MaltenException or ArgumentException)
        {
            _line.Above(() => Console.Out.WriteLine($"malten: not sent: {Printable.Line(failed.Message)}"));
            _line.Return(text);
        }
    }

    private async Task TypeAsync(CancellationToken stop)
    {
        if (_typed != 0 && TimeProvider.System.GetElapsedTime(_typed) < TypingLasts) return;
        _typed = TimeProvider.System.GetTimestamp();
        await conversation.SetStatusAsync(_line.IsEmpty ? PresenceStatus.Online : PresenceStatus.Typing, stop);
    }

    private static string Status(Presence presence)
    {
        var typing = presence.Users.Where(user => user.Status == PresenceStatus.Typing).Select(user => Printable.Line(user.User)).ToList();
        var here = string.Create(CultureInfo.InvariantCulture, $"{presence.Observers} here");
        return typing.Count == 0 ? here : $"{here}, {string.Join(", ", typing.Take(2))} typing";
    }
}
