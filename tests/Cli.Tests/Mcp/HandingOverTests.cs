using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Malten.Cli.Mcp;
using Malten.Client;
using Malten.Testing;
using Heard = Malten.Cli.Mcp.Heard;

namespace Malten.Cli.Tests.Mcp;

/// <summary>Where those who are there hand over what was said, one of them may lie about what they have.</summary>
public sealed class HandingOverTests : IAsyncDisposable
{
    private readonly LyingRoom _room = new();
    private readonly FakeTime _time = new();

    [Fact]
    public async Task Whoever_hands_over_less_than_they_say_is_waited_for_once_and_not_for_long()
    {
        await using var listener = Listen();
        var tools = NewTools(listener);
        Assert.True(await ReadsLessAfterWaitingAsync(tools));
        Assert.True(await ReadsLessAsync(tools)); // the clock stands still
        Assert.Equal(1, _room.Waits);
        _room.Complete();
        Assert.False(await ReadsLessAsync(tools));
    }

    [Fact]
    public async Task Where_nobody_could_be_heard_it_is_said_and_waited_for_when_somebody_can()
    {
        await using var listener = Listen();
        var tools = NewTools(listener);
        _room.Send(new Disconnected { Node = LyingRoom.Opened.Node, RetryIn = TimeSpan.Zero });
        await Eventually.IsSoAsync(() => listener is { Problem: not null, IsBeginning: false });
        Assert.True(await ReadsLessAsync(tools)); // the clock stands still
        Assert.Equal(0, _room.Waits);
        _room.Send(LyingRoom.Opened);
        await Eventually.IsSoAsync(() => listener.Problem is null);
        Assert.True(await ReadsLessAfterWaitingAsync(tools));
    }

    [Fact]
    public async Task Whoever_joins_again_is_handed_anew_what_was_said_and_waits_for_it()
    {
        await using var listener = Listen();
        var tools = NewTools(listener);
        _room.Complete();
        Assert.False(await ReadsLessAsync(tools));
        _room.JoinAgain();
        Assert.True(await ReadsLessAfterWaitingAsync(tools));
        Assert.Equal(2, _room.Waits);
    }

    [Fact]
    public async Task A_stream_that_leaves_no_trace_counts_how_many_times_it_was_joined()
    {
        using var client = new MaltenClient("http://127.0.0.1:1");
        await using var room = new TracelessRoom(client, TraceLink.New(), null);
        for (var times = 0; times < 3; times++)
        {
            Assert.Equal(times, room.TimesJoined);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await room.ListenAsync(new CancellationToken(true)).FirstAsync());
        }
    }

    public ValueTask DisposeAsync() => _room.DisposeAsync();

    private RoomListener Listen()
    {
        var listener = new RoomListener(_room);
        listener.Start();
        return listener;
    }

    private StreamTools NewTools(RoomListener listener) => new(_room, listener, TimeSpan.FromHours(1), _time);

    private async Task<bool> ReadsLessAfterWaitingAsync(StreamTools tools)
    {
        var reading = ReadsLessAsync(tools);
        await Eventually.IsSoAsync(() => _time.ActiveTimers == 1);
        _time.Advance(StreamTools.LongestHandingOver);
        return await reading;
    }

    /// <summary>Whether the agent is told to read again.</summary>
    private static async Task<bool> ReadsLessAsync(StreamTools tools) =>
        (await tools.ReadAsync().WaitAsync(TimeSpan.FromSeconds(60))).Notes?.Any(note => note.Contains("read again", StringComparison.Ordinal)) == true;

    /// <summary>What is announced here does not come before it is told to.</summary>
    private sealed class LyingRoom : Room
    {
        public static readonly Opened Opened = new() { Node = new Uri("http://node.example"), Session = "secret", Streams = ["s"] };

        private readonly Channel<StreamItem> _items = Channel.CreateUnbounded<StreamItem>();
        private TaskCompletionSource _handedOver = new();
        private int _timesJoined = 1;

        public int Waits { get; private set; }

        public override int TimesJoined => _timesJoined;

        public override string Title => "s";

        public override string Secrecy => "";

        public override async IAsyncEnumerable<StreamItem> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return Opened;
            await foreach (var item in _items.Reader.ReadAllAsync(cancellationToken)) yield return item;
        }

        public override Task HandedOverAsync(CancellationToken cancellationToken)
        {
            if (!cancellationToken.IsCancellationRequested) Waits++;
            return _handedOver.Task.WaitAsync(cancellationToken);
        }

        public void Send(StreamItem item) => _items.Writer.TryWrite(item);

        public void Complete() => _handedOver.SetResult();

        public void JoinAgain()
        {
            _handedOver = new TaskCompletionSource();
            _timesJoined++;
        }

        public override void Take(StreamItem item)
        {
        }

        public override Task<Heard> SayAsync(string text, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override Task<Timestamp?> FindNewestAsync(CancellationToken cancellationToken) => Task.FromResult<Timestamp?>(null);

        public override Task<WhoIsThere> LookAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
