using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.Replicas;

/// <summary>What a gateway makes of what it learns about a stream, in whatever order that comes.</summary>
public sealed class FeedReplicaTests : IAsyncDisposable
{
    private static readonly StreamName Name = StreamName.Parse("replica");
    private static readonly Guid Activation = Guid.NewGuid();
    private readonly FakeTime _time = new();
    private readonly FeedReplica _replica;
    private readonly FeedReader _reader = new("session", [Name], _ => ValueTask.CompletedTask);

    public FeedReplicaTests() => _replica = new FeedReplica(Name, new Capacity(new CapacityOptions()), _time) { Number = 1 };

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Those_who_sat_in_a_pipe_do_not_hear_the_stream_that_takes_its_name(bool byAnswer)
    {
        Learn(Snapshot(Seats.New(), "secret"));
        _replica.Join(_reader, null, 0, null);
        var next = Snapshot(null, "stranger");
        if (byAnswer) Learn(next);
        else _replica.Take(Push(next, Timestamp.None) with { Began = next with { Messages = [] } });

        Learn(next);
        var heard = Heard();
        Assert.Contains("expired", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("stranger", heard, StringComparison.Ordinal);
        Assert.True(_reader.IsCompleted);
    }

    [Fact]
    public void Those_who_hear_a_stream_hear_the_next_of_its_name()
    {
        Learn(Snapshot(null, "first"));
        _replica.Join(_reader, null, 0, null);
        Learn(Snapshot(null, "second"));
        var heard = Heard();
        Assert.Matches("expired(?s:.)*second", heard);
        Assert.DoesNotContain("first", heard, StringComparison.Ordinal);
        Assert.False(_reader.IsCompleted);
    }

    [Fact]
    public void An_answer_that_was_overtaken_by_a_push_neither_ends_the_stream_nor_loses_what_came()
    {
        Learn(null);
        _replica.Join(_reader, null, 0, null);
        var state = State();
        var stream = Snapshot(null, "first");
        _replica.Take(Push(stream, Timestamp.None) with { Began = stream with { Messages = [] } });
        Assert.True(_replica.Take(Answer(null), state)); // from before the stream began
        var heard = Heard();
        Assert.Contains("first", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("expired", heard, StringComparison.Ordinal);
    }

    [Fact]
    public void Pushes_that_come_before_the_first_answer_wait_for_it()
    {
        var state = State();
        var stream = Snapshot(null, "first");
        Assert.False(_replica.Take(Push(stream, Timestamp.None) with { Began = stream with { Messages = [] } }));
        Assert.True(_replica.Take(Answer(null), state));
        _replica.Join(_reader, null, 0, Timestamp.None);
        Assert.Contains("first", Heard(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_activation_pushes_that_was_replaced_is_not_believed()
    {
        var stream = Snapshot(null, "first");
        Learn(stream);
        _replica.Join(_reader, null, 0, null);
        var late = Push(stream, stream.Newest) with { Activation = Guid.NewGuid(), Begun = Timestamp.None, Frames = [Expired()] };
        Assert.False(_replica.Take(late)); // asks who runs the stream
        Learn(stream with { Messages = [] });
        Assert.Empty(Heard());
    }

    [Fact]
    public void An_overtaken_answer_is_asked_for_again_where_a_push_is_missing()
    {
        var stream = Snapshot(null, "first");
        Learn(stream);
        var state = State();
        Learn(stream with { Messages = [] });
        Assert.False(_replica.Take(Push(stream, new Timestamp(stream.Newest.Nanoseconds + 1024))));
        Assert.False(_replica.Take(Answer(stream), state));
        Assert.True(_replica.Take(Answer(stream), State()));
    }

    [Fact]
    public void A_late_push_of_an_activation_that_was_replaced_is_dropped_by_an_overtaken_answer_too()
    {
        var stream = Snapshot(null, "first");
        Learn(stream);
        var late = Push(stream, stream.Newest) with { Activation = Guid.NewGuid() };
        Assert.False(_replica.Take(late));
        var state = State();
        Assert.False(_replica.Take(Push(stream, stream.Newest) with { Frames = [Failed()] })); // a busy stream: it overtakes the answer
        Assert.True(_replica.Take(Answer(stream), state));
        Assert.True(_replica.Take(Push(stream, stream.Newest) with { Frames = [Failed()] })); // and is not asked for again
    }

    [Fact]
    public void A_push_that_came_after_the_question_waits_since_it_may_be_a_later_activations()
    {
        var stream = Snapshot(null, "first");
        Learn(stream);
        var state = State();
        _replica.Take(Push(stream, stream.Newest) with { Frames = [Failed()] });
        Assert.False(_replica.Take(Push(stream, stream.Newest) with { Activation = Guid.NewGuid() }));
        Assert.False(_replica.Take(Answer(stream), state));
    }

    [Fact]
    public void An_overtaken_answer_still_brings_the_messages_that_are_new()
    {
        var (first, second, third) = (Snapshot(null, "first"), Snapshot(null, "second"), Snapshot(null, "third"));
        var stream = first with { Messages = [.. first.Messages, .. second.Messages, .. third.Messages] };
        Learn(first);
        _replica.Join(_reader, null, 0, null);
        var state = State();
        Assert.True(_replica.Take(Push(stream, first.Newest) with { Frames = [.. second.Messages] }));
        Assert.True(_replica.IsBehind(third.Newest));
        Assert.True(_replica.Take(Answer(stream) with { Position = third.Newest }, state));
        Assert.False(_replica.IsBehind(third.Newest)); // whoever resumes there is told of no gap
        var heard = Heard();
        Assert.Matches("second(?s:.)*third", heard);
        Assert.Equal(heard.IndexOf("second", StringComparison.Ordinal), heard.LastIndexOf("second", StringComparison.Ordinal));
    }

    [Fact]
    public void An_end_that_an_answer_has_told_already_is_not_told_again()
    {
        var (first, next) = (Snapshot(null, "first"), Snapshot(null, "second"));
        Learn(first);
        _replica.Join(_reader, null, 0, null);
        Learn(next);
        var late = Push(next, first.Newest) with { Began = next with { Messages = [] }, Ended = first.Begun, Frames = [Expired(), .. next.Messages] };
        Assert.True(_replica.Take(late));
        var heard = Heard();
        Assert.Single(Regex.Matches(heard, "expired"));
        Assert.Single(Regex.Matches(heard, "second"));
    }

    [Fact]
    public void An_end_that_comes_after_the_next_stream_does_not_end_that_one()
    {
        var (first, next) = (Snapshot(null, "first"), Snapshot(null, "second"));
        Learn(first);
        _replica.Join(_reader, null, 0, null);
        Learn(next);
        Assert.True(_replica.Take(Push(next, first.Newest) with { Begun = Timestamp.None, Ended = first.Begun, Frames = [Expired()] }));
        Learn(next);
        var heard = Heard();
        Assert.Single(Regex.Matches(heard, "expired"));
        Assert.Single(Regex.Matches(heard, "second"));
        Assert.True(_replica.Capture()!.TimeLeft > TimeSpan.Zero);
    }

    [Fact]
    public void An_end_is_told_when_it_comes_first()
    {
        var first = Snapshot(null, "first");
        Learn(first);
        _replica.Join(_reader, null, 0, null);
        Assert.True(_replica.Take(Push(first, first.Newest) with { Begun = Timestamp.None, Ended = first.Begun, Frames = [Expired()] }));
        Assert.Contains("expired", Heard(), StringComparison.Ordinal);
        Assert.Null(_replica.Capture());
    }

    [Fact]
    public void Where_the_memory_is_full_events_are_missed_and_the_listener_is_told()
    {
        var capacity = new Capacity(new CapacityOptions { MaxMemoryMegabytes = 1 });
        var replica = new FeedReplica(Name, capacity.ForCopies(), _time) { Number = 2 };
        var stream = Snapshot(null, "first");
        replica.Take(Answer(stream), replica.Subscription("gateway", null, null!).State);
        replica.Join(_reader, null, 0, null);
        capacity.AddBytes(1024 * 1024 - capacity.Bytes);
        Assert.True(replica.Take(Push(stream, stream.Newest) with { Frames = [Failed()] }));
        Assert.Contains("failed", Heard(), StringComparison.Ordinal); // those who listen have room of their own
        while (!capacity.IsFullForListeners) capacity.ChangeBytes(64 * 1024);
        var before = capacity.Bytes;
        for (var i = 0; i < 3; i++) Assert.True(replica.Take(Push(stream, stream.Newest) with { Frames = [Failed()] }));
        Assert.Equal(before, capacity.Bytes);
        Assert.Single(Regex.Matches(Heard(), "\"gap\""));
        replica.Drop();
        Assert.True(capacity.Bytes < before); // a replica that nobody hears holds nothing
    }

    [Fact]
    public void What_a_replica_shares_with_a_stream_on_its_silo_counts_once_and_its_events_count()
    {
        var capacity = new Capacity(new CapacityOptions());
        var replica = new FeedReplica(Name, capacity.ForCopies(), _time, new Capacity(new CapacityOptions())) { Number = 2 };
        var stream = Snapshot(null, "first");
        replica.Take(Answer(stream), replica.Subscription("gateway", null, null!).State);
        replica.Join(_reader, null, 0, null);
        Assert.Equal(0, capacity.Bytes);
        Assert.True(replica.Take(Push(stream, stream.Newest) with { Frames = [Failed()] }));
        Assert.True(capacity.Bytes > 0);
    }

    [Fact]
    public void What_a_replica_shared_with_a_stream_counts_once_the_stream_has_gone_elsewhere()
    {
        var (capacity, shared) = (new Capacity(new CapacityOptions()), new Capacity(new CapacityOptions()));
        var copies = capacity.ForCopies();
        var replica = new FeedReplica(Name, copies, _time, shared) { Number = 2 };
        replica.Take(Answer(Snapshot(null, "first")), replica.Subscription("gateway", null, null!).State);
        var bytes = shared.Bytes;
        replica.CountIn(copies);
        Assert.Equal((bytes, 0), (capacity.Bytes, shared.Bytes));
        replica.CountIn(shared);
        Assert.Equal((0, bytes), (capacity.Bytes, shared.Bytes));
        replica.Drop();
        Assert.Equal((0, 0), (capacity.Bytes, shared.Bytes));
    }

    private Frame Failed() => FrameEncoder.Encode(new Notice { Name = NoticeName.Failed, Stream = Name.Value, Reason = "busy" }, Timestamp.Now(_time));

    private Frame Expired() =>
        FrameEncoder.Encode(new Notice { Name = NoticeName.Expired, Stream = Name.Value }, Timestamp.Now(_time));

    private void Learn(StreamSnapshot? stream) => _replica.Take(Answer(stream), State());

    private ReplicaState State() => _replica.Subscription("gateway", null, null!).State;

    private static FeedUpdate Answer(StreamSnapshot? stream) => new()
    {
        Activation = Activation, Stream = stream, Position = stream?.Newest ?? Timestamp.None,
    };

    private static FeedPush Push(StreamSnapshot stream, Timestamp previous) => new()
    {
        Activation = Activation, Stream = Name.Value, Begun = stream.Begun, Previous = previous, Frames = [.. stream.Messages],
        TimeLeft = stream.TimeLeft, IsClosed = false,
    };

    private StreamSnapshot Snapshot(Seats? seats, string text)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        using var stream = new MessageStream(Name, new Capacity(new CapacityOptions()), _time);
        stream.Begin(new StreamSettings(Name, seats is not null, TimeToLive.Default), seats);
        stream.TryAppend(new Draft { Address = new StreamAddress(Name, seats?.First), Text = MessageText.Parse(text) }, out _);
        return stream.Capture()!;
    }

    private string Heard()
    {
        var output = new ArrayBufferWriter<byte>();
        _reader.Read(output, int.MaxValue);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
