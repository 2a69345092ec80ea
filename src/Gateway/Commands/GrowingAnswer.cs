using System.Text;
using System.Threading.Channels;
using Malten.Streams.Values;

namespace Malten.Gateway.Commands;

/// <summary>
/// An answer while it is being written. Shows the stream's listeners how far it has come: at most four times a second, and
/// when it has grown by a sixteenth, so that all its states together are at most some 17 times as long as the answer.
/// </summary>
/// <param name="waiting">The command.</param>
/// <param name="time">The clock.</param>
/// <param name="ended">Cancelled when nobody is to see more of it, because the stream has ended.</param>
internal sealed class GrowingAnswer(WaitingCommand waiting, TimeProvider time, CancellationTokenSource ended) : IAsyncDisposable
{
    private const int Step = 16;
    private const int MostShown = AnswerText.MaxParts * StreamLimits.TextLength; // about what can be posted of it

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly StringBuilder _text = new();
    private readonly Channel<bool> _grown = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _complete = new();
    private Task? _showing;

    /// <summary>Whether the stream has ended, so that the answer is of no use.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>How long it is, in UTF-16 code units.</summary>
    public int Length
    {
        get { lock (_text) return _text.Length; }
    }

    /// <summary>Adds what the model has written next.</summary>
    public void Append(string piece)
    {
        if (piece.Length == 0) return;
        lock (_text) _text.Append(piece);
        _grown.Writer.TryWrite(true);
        _showing ??= ShowAsync();
    }

    /// <summary>What has been written so far.</summary>
    public override string ToString()
    {
        lock (_text) return _text.ToString();
    }

    /// <summary>Shows no more of it. Returns when nothing is under way that listeners could hear after the answer itself.</summary>
    public async ValueTask DisposeAsync()
    {
        await _complete.CancelAsync();
        if (_showing is not null) await _showing;
        _complete.Dispose();
    }

    private async Task ShowAsync()
    {
        var shown = 0;
        try
        {
            while (await _grown.Reader.WaitToReadAsync(_complete.Token))
            {
                _grown.Reader.TryRead(out _);
                var text = ToString().Trim();
                if (text.Length <= shown + (shown / Step) || text.Length > MostShown) continue;
                shown = text.Length;
                await ShowAsync(text);
                await Task.Delay(Interval, time, _complete.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // it is complete, or the stream has ended
        }
    }

    private async Task ShowAsync(string text)
    {
        try
        {
            if (await waiting.Broker.ReportProgressAsync(waiting.Command, text, ended.Token)) return;
            HasEnded = true;
            await ended.CancelAsync();
        }
        catch (StreamRefusedException)
        {
            // the stream can't be reached now; the next state may get through, and the answer itself is repeated until it does
        }
    }
}
