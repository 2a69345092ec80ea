using Malten.Client;

namespace Malten.Cli.Mcp;

/// <summary>Listens to a room for as long as the process lives, so that others see that it is there and nothing is missed between two calls.</summary>
internal sealed class RoomListener(Room room) : IAsyncDisposable
{
    private const string NotOpen = "The connection is not open yet.";
    private static readonly TimeSpan BeforeNextTry = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private Task _listening = Task.CompletedTask;
    private volatile string? _problem = NotOpen;
    private volatile string? _end;

    /// <summary>Why nothing is heard at the moment; null while the connection is open.</summary>
    public string? Problem => _end ?? _problem;

    /// <summary>Why nothing will be heard any more; null as long as something may.</summary>
    public string? End => _end;

    /// <summary>Whether the first attempt to connect is still under way.</summary>
    public bool IsBeginning => Problem == NotOpen;

    public void Start() => _listening = ListenAsync(_stop.Token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening;
        await room.DisposeAsync();
        _stop.Dispose();
    }

    private async Task ListenAsync(CancellationToken stop)
    {
        try
        {
            while (_end is null)
            {
                await ListenOnceAsync(stop);
                room.Journal.Wake();
                if (_end is null) await Task.Delay(BeforeNextTry, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // the process ends
        }
    }

    private async Task ListenOnceAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var item in room.ListenAsync(stop)) Take(item);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw;
        }
        catch (PipeEndedException over)
        {
            _end = over.Message;
        }
        catch (Exception failed) // also a fault of ours: an agent that is deaf has to be told
        {
            var words = FailureWords.Of(failed);
            if (room.MayReturn) _problem = words;
            else _end = words;
        }
    }

    private void Take(StreamItem item)
    {
        switch (item)
        {
            case Opened: _problem = null; break;
            case Disconnected lost: _problem = lost.Cause is { } cause ? FailureWords.Of(cause) : "The server has closed the connection."; break;
            case Gap: room.Journal.Note("Some messages here are gone."); break;
            case Expired: room.Journal.Note("The stream has ended here; what follows is of a new one."); break;
        }

        room.Take(item);
        if (item is Opened or Disconnected) room.Journal.Wake();
    }
}
