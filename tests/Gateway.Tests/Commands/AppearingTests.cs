using System.Threading.Channels;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Values;
using Malten.Testing;
using Malten.Testing.Provider;

namespace Malten.Gateway.Commands;

/// <summary>Answers appear as they are written.</summary>
public sealed class AppearingTests : IAsyncLifetime
{
    private static readonly StreamName Stream = StreamName.Parse("kitchen");
    private static readonly TimeSpan Quarter = TimeSpan.FromMilliseconds(250);

    private readonly Channel<string?> _pieces = Channel.CreateUnbounded<string?>();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ChatNode _node = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await ChatNode.StartAsync(("Malten:Chat:TimeLimitSeconds", "3600")); // tests move the clock until something happens
        _node.Provider.Reply = FakeReply.Writing(async writer =>
        {
            try
            {
                await foreach (var piece in _pieces.Reader.ReadAllAsync(writer.Gone))
                    if (piece is null) writer.Abort();
                    else await writer.WriteAsync(piece);
                await writer.EndAsync();
            }
            finally
            {
                if (writer.Gone.IsCancellationRequested) _left.TrySetResult();
            }
        });
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task The_text_so_far_is_heard_and_then_the_whole_as_a_message()
    {
        await using var listener = await _node.ListenAsync(Stream);
        var command = await _node.AskAsync(Stream, "What is it?");
        Assert.False((await listener.NextAsync("answering")).TryGetProperty("Text", out _));
        await WriteAsync(" Forty");
        var growing = await listener.NextAsync("answering");
        Assert.Equal(("Forty", command), (growing.GetProperty("Text").GetString(), growing.GetProperty("Command").GetGuid()));
        await WriteAsync("-two.");
        await _node.AdvanceUntilAsync(Quarter, () => listener.Rest().Count > 0);
        Assert.Equal("Forty-two.", (await listener.NextAsync("answering")).GetProperty("Text").GetString());
        _pieces.Writer.Complete();
        Assert.Equal("Forty-two.", (await listener.NextAnswerAsync()).Text);
        Assert.Empty(listener.Rest());
    }

    [Fact]
    public async Task Whoever_is_slow_gets_the_newest_alone_and_after_the_answer_none()
    {
        await using var slow = await _node.ListenAsync(Stream);
        await using var late = await _node.ListenAsync(Stream);
        await using var quick = await _node.ListenAsync(Stream);
        await _node.AskAsync(Stream, "What is it?");
        await quick.NextAsync("answering");
        for (var piece = 0; piece < 5; piece++)
        {
            await WriteAsync("ab");
            await _node.AdvanceUntilAsync(Quarter, () => quick.Rest().Count > 0);
            await quick.NextAsync("answering");
        }

        await slow.NextAsync("answering");
        Assert.Equal("ababababab", (await slow.NextAsync("answering")).GetProperty("Text").GetString());
        Assert.Empty(slow.Rest());
        _pieces.Writer.Complete();
        await quick.NextAnswerAsync();
        Assert.Equal(["answering", "message"], late.Rest());
    }

    [Fact]
    public async Task Nothing_of_it_is_held_once_it_is_there()
    {
        await using var slow = await _node.ListenAsync(Stream);
        await using var quick = await _node.ListenAsync(Stream);
        await _node.AskAsync(Stream, "What is it?");
        await quick.NextAsync("answering");
        var before = _node.Capacity.Bytes;
        await WriteAsync(new string('a', 8000));
        await quick.NextAsync("answering");
        Assert.InRange(_node.Capacity.Bytes - before, 8000, 9000);
        await WriteAsync(null);
        await quick.NextAsync("failed");
        Assert.InRange(_node.Capacity.Bytes - before, 100, 1000); // the failure, which the slow one has still to hear
    }

    [Fact]
    public async Task What_breaks_off_fails_and_no_half_of_it_is_stored()
    {
        await using var listener = await _node.ListenAsync(Stream);
        await _node.AskAsync(Stream, "What is it?");
        await listener.NextAsync("answering");
        await WriteAsync("Half of ");
        Assert.Equal("Half of", (await listener.NextAsync("answering")).GetProperty("Text").GetString());
        await WriteAsync(null);
        await listener.NextAsync("failed");
        Assert.Empty(listener.Rest());
        Assert.Empty(await _node.Broker.ReadAsync(new PageRequest(Stream)));
    }

    [Fact]
    public async Task When_the_stream_ends_no_more_is_shown_or_asked_for()
    {
        await _node.Broker.CreateAsync(new StreamSettings(Stream, true, TimeToLive.FromSeconds(5)));
        await using var listener = await _node.ListenAsync(Stream);
        await _node.AskAsync(Stream, "What is it?");
        await listener.NextAsync("answering");
        await WriteAsync("Once upon");
        await listener.NextAsync("answering");
        _node.Time.Advance(TimeSpan.FromSeconds(6));
        await listener.NextAsync("expired");
        await _node.SayAsync(Stream, "mine now");
        await listener.NextAsync("message");
        await WriteAsync(" a time"); // which ends the request, since nobody is to see it
        await _node.AdvanceUntilAsync(Quarter, () => _left.Task.IsCompleted);
        Assert.Empty(listener.Rest());
        Assert.Single(await _node.Broker.ReadAsync(new PageRequest(Stream)));
    }

    [Fact]
    public async Task A_time_limit_ends_what_drips_for_ever()
    {
        await using var listener = await _node.ListenAsync(Stream);
        await _node.AskAsync(Stream, "What is it?");
        await listener.NextAsync("answering");
        await WriteAsync("a");
        await listener.NextAsync("answering");
        _node.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("The provider did not answer in time.", (await listener.NextAsync("failed")).GetProperty("Reason").GetString());
        await _left.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_stream_that_can_not_be_reached_for_a_while_gets_the_answer()
    {
        await using var listener = await _node.ListenAsync(Stream);
        var broker = new DisturbedBroker(_node.Broker)
        {
            BeforeProgress = _ => Task.FromException(new StreamRefusedException(Refusal.Unavailable, "A node is down.")),
        };
        Assert.True(_node.Responder.TryReserve(Stream, default, out _));
        _node.Responder.Answer(new Command(Guid.NewGuid(), Stream, "hello", new Timestamp(1024), Timestamp.None), broker);
        await listener.NextAsync("answering");
        await WriteAsync("Forty-two.");
        _pieces.Writer.Complete();
        Assert.Equal("Forty-two.", (await listener.NextAnswerAsync()).Text);
    }

    [Fact]
    public async Task A_state_that_is_on_its_way_is_waited_for_so_that_none_follows_the_answer()
    {
        await using var listener = await _node.ListenAsync(Stream);
        var (shows, released) = (new TaskCompletionSource(), new TaskCompletionSource());
        var broker = new DisturbedBroker(_node.Broker)
        {
            BeforeProgress = _ =>
            {
                shows.TrySetResult();
                return released.Task;
            },
        };
        Assert.True(_node.Responder.TryReserve(Stream, default, out _));
        _node.Responder.Answer(new Command(Guid.NewGuid(), Stream, "hello", new Timestamp(1024), Timestamp.None), broker);
        await listener.NextAsync("answering");
        await WriteAsync("Forty-two.");
        await shows.Task.WaitAsync(TimeSpan.FromSeconds(20));
        _pieces.Writer.Complete();
        await Eventually.IsSoAsync(() => _node.Provider.Open == 0);
        Assert.Empty(listener.Rest());
        released.SetResult();
        await listener.NextAnswerAsync();
        Assert.Empty(listener.Rest());
    }

    private ValueTask WriteAsync(string? piece) => _pieces.Writer.WriteAsync(piece);
}
