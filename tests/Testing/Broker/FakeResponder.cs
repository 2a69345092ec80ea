using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Testing;

/// <summary>Takes commands, as many as it may, and keeps them for the test.</summary>
public sealed class FakeResponder(int places = int.MaxValue) : ICommandResponder
{
    private readonly Channel<Command> _commands = Channel.CreateUnbounded<Command>();
    private int _reserved;

    public int Waiting => _commands.Reader.Count;

    public int Reserved => _reserved;

    public bool TryReserve(StreamName stream, ClientKey client, [NotNullWhen(false)] out StreamRefusedException? refusal)
    {
        refusal = Interlocked.Increment(ref _reserved) <= places ? null : new StreamRefusedException(Refusal.Busy, Command.TooManyWaiting);
        if (refusal is not null) Interlocked.Decrement(ref _reserved);
        return refusal is null;
    }

    public void Release(StreamName stream, ClientKey client) => Interlocked.Decrement(ref _reserved);

    public void Answer(Command command, IStreamBroker broker) => _commands.Writer.TryWrite(command);

    public async Task<Command> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await _commands.Reader.ReadAsync(limit.Token);
    }
}
