using System.Buffers;
using System.Text;
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
        else _replica.Take(new FeedPush
        {
            Stream = Name.Value, Begun = next.Begun, Began = next with { Messages = [] }, Previous = Timestamp.None,
            Frames = [.. next.Messages], TimeLeft = next.TimeLeft, IsClosed = false,
        });

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

    private void Learn(StreamSnapshot stream) => _replica.Take(new FeedUpdate { Stream = stream, Position = stream.Newest });

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
