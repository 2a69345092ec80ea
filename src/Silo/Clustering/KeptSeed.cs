using Malten.Membership;
using Microsoft.Extensions.Logging.Abstractions;

namespace Malten.Silo.Clustering;

/// <summary>
/// This process's part in the register, if the node is a seed. It outlives the host: a silo that lost its place joins again in
/// the same process, and a seed that forgot the table meanwhile would leave too few that know it if another one ends just then.
/// </summary>
public sealed class KeptSeed : IAsyncDisposable
{
    private readonly HostLog _log = new();
    private RegisterNode? _node;

    /// <summary>
    /// The seed that an earlier host of this process has started; otherwise a new node, which is kept if it is a seed. From
    /// now on it writes to this host's log.
    /// </summary>
    internal async Task<RegisterNode> OpenAsync(Func<Task<RegisterNodeOptions>> options, ILoggerFactory loggers, TimeProvider time)
    {
        _log.Open(loggers);
        if (_node is not null) return _node;
        var node = new RegisterNode(await options(), _log, time);
        if (node.LocalEndPoint is not null) _node = node;
        return node;
    }

    /// <summary>The host ends, and its log with it. A node that is no seed ends with both.</summary>
    internal ValueTask CloseAsync(RegisterNode node)
    {
        _log.Close();
        return node == _node ? ValueTask.CompletedTask : node.DisposeAsync();
    }

    /// <summary>Stops the seed: it loses its memory.</summary>
    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>The log of the host that runs now. Between two hosts nothing is logged: the providers of a log end with it.</summary>
    private sealed class HostLog : ILoggerFactory, ILogger
    {
        private volatile ILogger _current = NullLogger.Instance;

        public void Open(ILoggerFactory loggers) => _current = loggers.CreateLogger<RegisterNode>();

        public void Close() => _current = NullLogger.Instance;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => _current.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => _current.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _current.Log(logLevel, eventId, state, exception, formatter);

        public void Dispose()
        {
            // whose log it is disposes of it
        }
    }
}
