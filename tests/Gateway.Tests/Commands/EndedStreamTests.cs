using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Values;
using Malten.Testing.Provider;
using Microsoft.AspNetCore.Http;

namespace Malten.Gateway.Commands;

/// <summary>When its stream has ended, nothing of a command is kept or sent.</summary>
public sealed class EndedStreamTests : IAsyncLifetime
{
    private static readonly StreamName Stream = StreamName.Parse("kitchen");
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ChatNode _node = null!;

    public static TheoryData<int> Outcomes => [200, 429];

    public async ValueTask InitializeAsync() => _node = await ChatNode.StartAsync(("Malten:Chat:MaxConcurrent", "1"));

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task Nothing_is_heard_when_the_stream_ended_while_the_provider_thought(int status)
    {
        _node.Provider.Reply = AfterTheEnd(status);
        await _node.Broker.CreateAsync(new StreamSettings(Stream, true, TimeToLive.FromSeconds(5)));
        await using var listener = await _node.ListenAsync(Stream);
        await _node.SayAsync(Stream, "/malten hello");
        await listener.NextAsync("message");
        await _node.Provider.NextRequestAsync();
        _node.Time.Advance(TimeSpan.FromSeconds(5));
        _ended.SetResult();
        await _node.AwaitAllBeforeAsync();
        Assert.Equal(["answering", "expired"], listener.Rest());
        Assert.Empty(await _node.Broker.ReadAsync(new PageRequest(Stream)));
    }

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task Whoever_took_the_name_since_hears_nothing(int status)
    {
        _node.Provider.Reply = AfterTheEnd(status);
        await _node.Broker.CreateAsync(new StreamSettings(Stream, true, TimeToLive.FromSeconds(5)));
        await _node.AskAsync(Stream, "hello");
        await _node.Provider.NextRequestAsync();
        _node.Time.Advance(TimeSpan.FromSeconds(5));
        await _node.SayAsync(Stream, "mine now");
        await using var listener = await _node.ListenAsync(Stream);
        _ended.SetResult();
        await _node.AwaitAllBeforeAsync();
        Assert.Equal(["message"], listener.Rest());
        Assert.Single(await _node.Broker.ReadAsync(new PageRequest(Stream)));
    }

    [Fact]
    public async Task A_pipe_that_ended_is_left_alone()
    {
        _node.Provider.Reply = AfterTheEnd(429);
        var pipe = await _node.Broker.CreatePipeAsync(TimeToLive.FromSeconds(5));
        var seat = new StreamAddress(pipe.Name, pipe.Seats[0]);
        await using var listener = await _node.ListenAsync(seat);
        await _node.AskAsync(seat, "hello");
        await _node.Provider.NextRequestAsync();
        _node.Time.Advance(TimeSpan.FromSeconds(5));
        _ended.SetResult();
        await _node.AwaitAllBeforeAsync();
        Assert.Equal(["answering", "expired"], listener.Rest());
    }

    [Fact]
    public async Task The_provider_never_sees_the_stream_that_took_the_name_of_one_whose_command_waited()
    {
        _node.Provider.Reply = AfterTheEnd(200);
        await _node.AskAsync(StreamName.Parse("busy"), "something else");
        await _node.Provider.NextRequestAsync();
        await _node.Broker.CreateAsync(new StreamSettings(Stream, true, TimeToLive.FromSeconds(5)));
        await _node.AskAsync(Stream, "hello"); // waits
        _node.Time.Advance(TimeSpan.FromSeconds(5));
        await _node.SayAsync(Stream, "mine now", "eve");
        await using var listener = await _node.ListenAsync(Stream);
        _ended.SetResult();
        await _node.AwaitAllBeforeAsync();
        Assert.Equal(["asked: last"], (await _node.Provider.NextRequestAsync()).Turns);
        Assert.Equal(["message"], listener.Rest());
        var page = await _node.Broker.ReadAsync(new PageRequest(Stream));
        Assert.Single(page);
    }

    [Fact]
    public async Task A_stream_that_lives_is_not_changed_by_looking_whether_it_does()
    {
        await _node.SayAsync(Stream, "/malten hello", "ann");
        await using var listener = await _node.ListenAsync(Stream);
        await listener.NextAsync("message");
        await listener.NextAnswerAsync();
        _node.Provider.Reply = FakeReply.Status(500);
        await _node.AskAsync(Stream, "once more");
        await listener.NextAsync("failed");
        await _node.AwaitAllBeforeAsync();
        Assert.Empty(listener.Rest());
        Assert.Equal(2, (await _node.Broker.ReadAsync(new PageRequest(Stream))).Count);
    }

    private Func<HttpContext, FakeRequest, Task> AfterTheEnd(int status) => async (context, request) =>
    {
        await _ended.Task;
        await (status == 200 ? FakeReply.Text("Too late.") : FakeReply.Status(status))(context, request);
    };
}
