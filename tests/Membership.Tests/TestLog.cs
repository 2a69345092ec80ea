using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Malten.Membership.Tests;

/// <summary>Collects log lines.</summary>
internal sealed class TestLog : ILogger
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Channel<string> _unread = Channel.CreateUnbounded<string>();

    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Makes this log in every category.</summary>
    public ILoggerFactory Factory => new OneLog(this);

    /// <summary>Returns the next line, which another thread has written or is about to write.</summary>
    public Task<string> NextAsync() => _unread.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        var line = formatter(state, exception);
        _lines.Enqueue(line);
        _unread.Writer.TryWrite(line);
    }

    private sealed class OneLog(TestLog log) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => log;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
            // There is nothing to release.
        }
    }
}
