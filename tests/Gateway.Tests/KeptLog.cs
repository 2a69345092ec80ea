using System.Text;
using Microsoft.Extensions.Logging;

namespace Malten.Gateway.Tests;

/// <summary>Keeps every log line with all that belongs to it: values, scopes, exceptions.</summary>
[ProviderAlias("Kept")]
internal sealed class KeptLog : ILoggerProvider, ISupportExternalScope
{
    private readonly StringBuilder _lines = new();
    private IExternalScopeProvider? _scopes;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public override string ToString()
    {
        lock (_lines) return _lines.ToString();
    }

    /// <summary>Forgets what was logged.</summary>
    public void Clear()
    {
        lock (_lines) (_lines.Length, _lines.Capacity) = (0, 16);
    }

    public void Dispose()
    {
    }

    private sealed class Logger(KeptLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (log._lines)
            {
                log._lines.AppendLine($"{logLevel} {category} {eventId} {formatter(state, exception)} {exception}");
                if (state is IEnumerable<KeyValuePair<string, object?>> values)
                    foreach (var (name, value) in values)
                        log._lines.AppendLine($"  {name}={value}");
                log._scopes?.ForEachScope((scope, lines) => lines.AppendLine($"  in {scope}"), log._lines);
            }
        }
    }
}
