using System.Buffers;
using Malten.Streams.Bytes;

namespace Malten.Testing.Bytes;

/// <summary>The connection of a receiver that takes bytes when a test lets it.</summary>
public sealed class TestSink : IByteSink
{
    private readonly ArrayBufferWriter<byte> _unflushed = new();
    private readonly ArrayBufferWriter<byte> _taken = new();
    private volatile TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isClosed;

    public TestSink(bool isOpen = true)
    {
        if (isOpen) _open.SetResult();
    }

    public IBufferWriter<byte> Output => _unflushed;

    /// <summary>How many bytes it has taken.</summary>
    public long Count
    {
        get { lock (_taken) return _taken.WrittenCount; }
    }

    /// <summary>What it has taken.</summary>
    public byte[] Bytes
    {
        get { lock (_taken) return _taken.WrittenSpan.ToArray(); }
    }

    /// <summary>Whether a write waits for it.</summary>
    public bool IsBlocking { get; private set; }

    /// <summary>Takes what comes from now on.</summary>
    public void Open() => _open.TrySetResult();

    /// <summary>Takes nothing from now on, until it is opened.</summary>
    public void Stall() => _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Closes the connection.</summary>
    public void Close()
    {
        Volatile.Write(ref _isClosed, 1);
        Open();
    }

    public async ValueTask<bool> FlushAsync()
    {
        IsBlocking = true;
        await _open.Task;
        IsBlocking = false;
        if (Volatile.Read(ref _isClosed) == 1) return false;
        lock (_taken) _taken.Write(_unflushed.WrittenSpan);
        _unflushed.Clear();
        return true;
    }
}
