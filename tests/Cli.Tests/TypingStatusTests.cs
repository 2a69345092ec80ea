using System.Threading.Channels;
using Malten.Cli.Chat;
using Malten.Client;
using Malten.Testing;

namespace Malten.Cli.Tests;

/// <summary>Others see that somebody writes, and no longer than that.</summary>
public sealed class TypingStatusTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTime _time = new();
    private readonly Channel<PresenceStatus> _told = Channel.CreateUnbounded<PresenceStatus>();

    [Fact]
    public async Task Whoever_stops_writing_is_online_again()
    {
        using var stop = new CancellationTokenSource();
        var typing = new TypingStatus(TellAsync, _time);
        var running = typing.RunAsync(stop.Token);
        typing.Note(isWriting: true);
        Assert.Equal(PresenceStatus.Typing, await NextAsync());
        await Eventually.IsSoAsync(() => _time.ActiveTimers == 1); // it waits for another key
        _time.Advance(TypingStatus.Lasts);
        Assert.Equal(PresenceStatus.Online, await NextAsync());
        typing.Note(isWriting: true);
        Assert.Equal(PresenceStatus.Typing, await NextAsync());
        typing.Note(isWriting: false); // said, or taken back
        Assert.Equal(PresenceStatus.Online, await NextAsync());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(_told.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_node_that_is_slow_is_told_the_newest_only()
    {
        using var stop = new CancellationTokenSource();
        var slow = new TaskCompletionSource();
        var typing = new TypingStatus(async (status, stopped) =>
        {
            await TellAsync(status, stopped);
            await slow.Task;
        }, _time);
        var running = typing.RunAsync(stop.Token);
        typing.Note(isWriting: true);
        Assert.Equal(PresenceStatus.Typing, await NextAsync());
        for (var i = 0; i < 100; i++) typing.Note(isWriting: i % 2 == 0);
        slow.SetResult();
        Assert.Equal(PresenceStatus.Online, await NextAsync());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(_told.Reader.TryRead(out _));
    }

    private Task TellAsync(PresenceStatus status, CancellationToken stop) => _told.Writer.WriteAsync(status, stop).AsTask();

    private Task<PresenceStatus> NextAsync() => _told.Reader.ReadAsync().AsTask().WaitAsync(Patience);
}
