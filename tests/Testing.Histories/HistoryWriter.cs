using System.Text.Json;

namespace Malten.Testing.Histories;

/// <summary>
/// Writes a history to a file, each event as it happens, in the order of their times. Several clients may write at a time.
/// </summary>
public sealed class HistoryWriter : IDisposable
{
    private readonly Lock _gate = new();
    private readonly StreamWriter _file;
    private readonly TimeProvider _time;
    private readonly long _began;
    private long _operations;

    /// <summary>Begins a history in a new file, in place of one that is there.</summary>
    public HistoryWriter(string path, TimeProvider time)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        _file = new StreamWriter(path) { AutoFlush = true }; // a run that crashes leaves what led there
        (Path, _time, _began) = (path, time, time.GetTimestamp());
    }

    /// <summary>Where the history is written.</summary>
    public string Path { get; }

    /// <summary>Writes that an operation begins. Call it before anything is sent.</summary>
    public Operation Invoke(HistoryEvent invocation)
    {
        var numbered = invocation with { Type = EventType.Invoke, Op = Interlocked.Increment(ref _operations) };
        Write(numbered);
        return new Operation(this, numbered);
    }

    /// <summary>Writes what is done to the cluster.</summary>
    public void Note(string fault) => Write(new HistoryEvent
    {
        Type = EventType.Info, Kind = OperationKind.Fault, Process = "faults", Op = Interlocked.Increment(ref _operations), Reason = fault,
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate) _file.Dispose();
    }

    internal void Write(HistoryEvent happened)
    {
        lock (_gate)
        {
            var at = (long)_time.GetElapsedTime(_began).TotalNanoseconds;
            _file.WriteLine(JsonSerializer.Serialize(happened with { At = at, Wall = _time.GetUtcNow() }, HistoryEvent.Json));
        }
    }
}
