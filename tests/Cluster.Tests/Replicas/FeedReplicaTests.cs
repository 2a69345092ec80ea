using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
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
    private readonly Place _place = new Capacity(new CapacityOptions()).AddListener(1);
    private readonly FeedReader _reader = new("session", [Name], _ => ValueTask.CompletedTask);

    public FeedReplicaTests() => _replica = new FeedReplica(Name, new Capacity(new CapacityOptions()), _time) { Number = 1 };

    public ValueTask DisposeAsync()
    {
        _place.Dispose();
        return _reader.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Those_who_sat_in_a_pipe_do_not_hear_the_stream_that_takes_its_name(bool byAnswer)
    {
        Learn(Snapshot(Seats.New(), "secret"));
        _replica.Join(_reader, _place, null, 0, null);
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
        _replica.Join(_reader, _place, null, 0, null);
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
        _replica.Join(_reader, _place, null, 0, null);
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
        Assert.NotEqual(Progress.Current, _replica.Take(Push(stream, Timestamp.None) with { Began = stream with { Messages = [] } }));
        Assert.True(_replica.Take(Answer(null), state));
        _replica.Join(_reader, _place, null, 0, Timestamp.None);
        Assert.Contains("first", Heard(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_activation_pushes_that_was_replaced_is_not_believed()
    {
        var stream = Snapshot(null, "first");
        Learn(stream);
        _replica.Join(_reader, _place, null, 0, null);
        var late = Push(stream, stream.Newest) with { Activation = Guid.NewGuid(), Begun = Timestamp.None, Frames = [Expired()] };
        Assert.NotEqual(Progress.Current, _replica.Take(late)); // asks who runs the stream
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
        Assert.NotEqual(Progress.Current, _replica.Take(Push(stream, new Timestamp(stream.Newest.Nanoseconds + 1024))));
        Assert.False(_replica.Take(Answer(stream), state));
        Assert.True(_replica.Take(Answer(stream), State()));
    }

    [Fact]
    public void A_late_push_of_an_activation_that_was_replaced_is_dropped_by_an_overtaken_answer_too()
    {
        var stream = Snapshot(null, "first");
        Learn(stream);
        var late = Push(stream, stream.Newest) with { Activation = Guid.NewGuid() };
        Assert.NotEqual(Progress.Current, _replica.Take(late));
        var state = State();
        Assert.NotEqual(Progress.Current, _replica.Take(Push(stream, stream.Newest) with { Frames = [Failed()] })); // a busy stream: it overtakes the answer
        Assert.True(_replica.Take(Answer(stream), state));
        Assert.Equal(Progress.Current, _replica.Take(Push(stream, stream.Newest) with { Frames = [Failed()] })); // and is not asked for again
    }

    [Fact]
    public void A_push_that_came_after_the_question_waits_since_it_may_be_a_later_activations()
    {
        var stream = Snapshot(null, "first");
        Learn(stream);
        var state = State();
        _replica.Take(Push(stream, stream.Newest) with { Frames = [Failed()] });
        Assert.NotEqual(Progress.Current, _replica.Take(Push(stream, stream.Newest) with { Activation = Guid.NewGuid() }));
        Assert.False(_replica.Take(Answer(stream), state));
    }

    [Fact]
    public void An_overtaken_answer_still_brings_the_messages_that_are_new()
    {
        var (first, second, third) = (Snapshot(null, "first"), Snapshot(null, "second"), Snapshot(null, "third"));
        var stream = first with { Messages = [.. first.Messages, .. second.Messages, .. third.Messages] };
        Learn(first);
        _replica.Join(_reader, _place, null, 0, null);
        var state = State();
        Assert.Equal(Progress.Current, _replica.Take(Push(stream, first.Newest) with { Frames = [.. second.Messages] }));
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
        _replica.Join(_reader, _place, null, 0, null);
        Learn(next);
        var late = Push(next, first.Newest) with { Began = next with { Messages = [] }, Ended = first.Begun, Frames = [Expired(), .. next.Messages] };
        Assert.Equal(Progress.Current, _replica.Take(late));
        var heard = Heard();
        Assert.Single(Regex.Matches(heard, "expired"));
        Assert.Single(Regex.Matches(heard, "second"));
    }

    [Fact]
    public void An_end_that_comes_after_the_next_stream_does_not_end_that_one()
    {
        var (first, next) = (Snapshot(null, "first"), Snapshot(null, "second"));
        Learn(first);
        _replica.Join(_reader, _place, null, 0, null);
        Learn(next);
        Assert.Equal(Progress.Current, _replica.Take(Push(next, first.Newest) with { Begun = Timestamp.None, Ended = first.Begun, Frames = [Expired()] }));
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
        _replica.Join(_reader, _place, null, 0, null);
        Assert.Equal(Progress.Current, _replica.Take(Push(first, first.Newest) with { Begun = Timestamp.None, Ended = first.Begun, Frames = [Expired()] }));
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
        replica.Join(_reader, _place, null, 0, null);
        capacity.AddBytes(1024 * 1024 - capacity.Bytes);
        Assert.Equal(Progress.Current, replica.Take(Push(stream, stream.Newest) with { Frames = [Failed()] }));
        Assert.Contains("failed", Heard(), StringComparison.Ordinal); // those who listen have room of their own
        while (!capacity.IsFullForListeners) capacity.ChangeBytes(64 * 1024);
        var before = capacity.Bytes;
        for (var i = 0; i < 3; i++) Assert.Equal(Progress.Current, replica.Take(Push(stream, stream.Newest) with { Frames = [Failed()] }));
        Assert.Equal(before, capacity.Bytes);
        Assert.Single(Regex.Matches(Heard(), "\"gap\""));
        replica.Drop();
        Assert.True(capacity.Bytes < before); // a replica that nobody hears holds nothing
    }

    [Fact]
    public void Commands_that_came_from_another_silo_are_counted_to_whoever_sent_them_and_give_way()
    {
        var (capacity, loud) = (new Capacity(new CapacityOptions()), new ClientKey(1, 1));
        var replica = new FeedReplica(Name, capacity.ForCopies(), _time, capacity.ForCopies()) { Number = 2 };
        var stream = Snapshot(null, "first");
        replica.Take(Answer(stream), replica.Subscription("gateway", null, null!).State);
        replica.Join(_reader, _place, null, -1, null);
        var command = new Command(Guid.NewGuid(), Name, new string('x', 1024), Timestamp.Now(_time), stream.Begun);
        var frame = FrameEncoder.Encode(command) with { Client = loud };
        for (var i = 0; i < 64; i++) Assert.Equal(Progress.Current, replica.Take(Push(stream, stream.Newest) with { Frames = [frame] }));
        Assert.InRange(capacity.Shares.Held(loud, Resource.Bytes), 64 * 1024, 80 * 1024);
        capacity.Shares.MakeRoom(Resource.Bytes, () => 1, new ClientKey(2, 2));
        Assert.Equal(0, capacity.Shares.Held(loud, Resource.Bytes));
        Assert.Single(Regex.Matches(Heard(), "\"gap\""));
    }

    [Fact]
    public void What_a_replica_shares_with_a_stream_on_its_silo_counts_once_and_its_events_count()
    {
        var capacity = new Capacity(new CapacityOptions());
        var replica = new FeedReplica(Name, capacity.ForCopies(), _time, new Capacity(new CapacityOptions())) { Number = 2 };
        var stream = Snapshot(null, "first");
        replica.Take(Answer(stream), replica.Subscription("gateway", null, null!).State);
        replica.Join(_reader, _place, null, 0, null);
        Assert.Equal(0, capacity.Bytes);
        Assert.Equal(Progress.Current, replica.Take(Push(stream, stream.Newest) with { Frames = [Failed()] }));
        Assert.True(capacity.Bytes > 0);
    }

    [Fact]
    public void What_a_replica_shared_with_a_stream_counts_once_the_stream_has_gone_elsewhere()
    {
        var (capacity, shared) = (new Capacity(new CapacityOptions()), new Capacity(new CapacityOptions()));
        var copies = capacity.ForCopies();
        var replica = new FeedReplica(Name, copies, _time, copies) { Number = 2 };
        replica.CountIn(shared, areShared: true);
        replica.Take(Answer(Snapshot(null, "first")), replica.Subscription("gateway", null, null!).State);
        var bytes = shared.Bytes;
        Assert.True(bytes > 0);
        replica.CountIn(copies, areShared: false);
        Assert.Equal((bytes, 0), (capacity.Bytes, shared.Bytes));
        replica.Drop();
        Assert.Equal((0, 0), (capacity.Bytes, shared.Bytes));
    }

    [Fact]
    public void What_a_replica_held_when_its_stream_came_to_its_silo_counts_until_it_is_gone()
    {
        var (capacity, shared) = (new Capacity(new CapacityOptions()), new Capacity(new CapacityOptions()));
        var copies = capacity.ForCopies();
        var replica = new FeedReplica(Name, copies, _time, copies) { Number = 2 };
        var stream = Snapshot(null, "first");
        replica.Take(Answer(stream), replica.Subscription("gateway", null, null!).State);
        var bytes = capacity.Bytes;
        replica.CountIn(shared, areShared: true); // the stream has come from a copy, with arrays of its own
        Assert.Equal((bytes, 0), (capacity.Bytes, shared.Bytes));
        var newer = Enumerable.Range(0, 1024).SelectMany(i => Snapshot(null, $"{i}").Messages).ToArray();
        replica.Take(Push(stream, stream.Newest) with { Frames = [.. newer[..^1]] });
        replica.CountIn(shared, areShared: true);
        Assert.Equal(0, shared.Bytes); // one of them is still held
        replica.Take(Push(stream, newer[^2].Timestamp) with { Frames = [newer[^1]] });
        replica.CountIn(shared, areShared: true);
        Assert.Equal(0, capacity.Bytes);
        Assert.True(shared.Bytes > 0);
    }

    [Fact]
    public void Whoever_came_without_a_seat_before_anybody_knew_of_the_pipe_does_not_hear_it()
    {
        Learn(null);
        _replica.Join(_reader, _place, null, -1, null);
        Learn(Snapshot(Seats.New(), "secret")); // another gateway has brought it back
        Assert.DoesNotContain("secret", Heard(), StringComparison.Ordinal);
        Assert.True(_replica.IsClosed);
        Assert.True(_reader.IsCompleted);
    }

    [Fact]
    public void A_replica_is_counted_to_one_of_those_who_hear_it_while_they_do()
    {
        var capacity = new Capacity(new CapacityOptions());
        var (first, second) = (new ClientKey(1, 1), new ClientKey(2, 2));
        var (place, later) = (capacity.AddListener(1, first), capacity.AddListener(1, second));
        var bare = Held(first);
        var replica = new FeedReplica(Name, capacity.ForCopies(), _time, capacity.ForCopies()) { Number = 2 };
        replica.Join(_reader, place, null, -1, null);
        var stream = Snapshot(null, new string('x', 1000));
        replica.Take(Answer(stream), replica.Subscription("gateway", null, null!).State);
        Assert.InRange(Held(first), bare + 1000, bare + 2000);
        var other = new FeedReader("other", [Name], _ => ValueTask.CompletedTask);
        replica.Join(other, later, null, -1, null);
        Assert.Equal(bare, Held(second));
        var before = Held(first);
        var next = Snapshot(null, new string('y', 500));
        Assert.Equal(Progress.Current, replica.Take(Push(stream, stream.Newest) with { Frames = [.. next.Messages] }));
        Assert.InRange(Held(first), before + 500, before + 1000);
        replica.CountIn(capacity.ForCopies(), areShared: true);
        Assert.InRange(Held(first), bare + 1500, bare + 3000); // the stream runs here now, but these came before
        replica.CountIn(capacity.ForCopies(), areShared: false);
        replica.Leave(_reader.Session);
        place.Dispose();
        Assert.Equal(0, Held(first));
        Assert.InRange(Held(second), bare + 1500, bare + 3000);
        replica.Drop();
        Assert.Equal(bare, Held(second));
        later.Dispose();
        Assert.Equal((0, 0), (Held(second), capacity.Shares.Clients));

        long Held(ClientKey client) => capacity.Shares.Held(client, Resource.Bytes);
    }

    [Fact]
    public void Where_memory_is_short_a_replica_gives_up_its_messages_before_anybody_has_to_leave()
    {
        var capacity = new Capacity(new CapacityOptions { MaxMemoryMegabytes = 2 });
        var replica = new FeedReplica(Name, capacity.ForCopies(), _time, capacity.ForCopies()) { Number = 2 };
        var readers = new List<FeedReader>();
        for (var i = 0UL; i < 20; i++)
        {
            readers.Add(new FeedReader($"{i}", [Name], _ => ValueTask.CompletedTask));
            var place = capacity.AddListener(1, new ClientKey(10 + i, 10 + i));
            place.OnDismissed(readers[^1].Dismiss);
            replica.Join(readers[^1], place, null, -1, null);
        }

        var messages = Enumerable.Range(0, 1000).SelectMany(_ => Snapshot(null, new string('x', 1000)).Messages).ToList();
        var stream = Snapshot(null, "last") with { Begun = messages[0].Timestamp, Messages = messages };
        replica.Take(Answer(stream), replica.Subscription("gateway", null, null!).State);
        capacity.AddBytes((2 * 1024 * 1024) - capacity.Bytes);
        var before = capacity.Bytes;
        capacity.MakeRoom(new ClientKey(1, 1), begins: false);
        Assert.InRange(before - capacity.Bytes, 64 * 1024, 68 * 1024); // what was asked for, and as much as was counted as given
        Assert.Equal(20, capacity.Listeners);
        capacity.Shares.MakeRoom(Resource.Bytes, () => 2 * 1024 * 1024, new ClientKey(1, 1));
        Assert.Equal((20, 0), (capacity.Listeners, Enumerable.Range(10, 20).Sum(i => capacity.Shares.Held(new ClientKey((ulong)i, (ulong)i), Resource.Bytes))));
        Assert.DoesNotContain(readers, reader => reader.IsDismissed);
        Assert.Contains("gap", Heard(readers[0]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_gateway_holds_the_latest_messages_only_and_whoever_resumes_before_them_is_told()
    {
        var capacity = new Capacity(new CapacityOptions { MaxMemoryMegabytes = 1 });
        var replica = new FeedReplica(Name, capacity.ForCopies(), _time, capacity.ForCopies()) { Number = 2 };
        var messages = Enumerable.Range(0, 1024).SelectMany(i => Snapshot(null, $"{i} {new string('x', 1000)}").Messages).ToList();
        var stream = Snapshot(null, "last") with { Begun = messages[0].Timestamp };
        var whole = stream with { Messages = [.. messages, .. stream.Messages] };
        replica.Take(Answer(whole), replica.Subscription("gateway", null, null!).State);
        Assert.InRange(capacity.Bytes, 32 * 1024, (1024 + 128) * 1024);
        replica.Join(_reader, _place, null, -1, messages[^3].Timestamp);
        Assert.DoesNotContain("gap", Heard(), StringComparison.Ordinal);
        var resumed = new FeedReader("resumed", [Name], _ => ValueTask.CompletedTask);
        replica.Join(resumed, _place, null, -1, messages[0].Timestamp);
        Assert.Contains("gap", Heard(resumed), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_newest_message_gave_way_whoever_had_heard_it_resumes_without_a_gap()
    {
        var (first, gone) = (Snapshot(null, "first"), Snapshot(null, "gone"));
        var stream = first with { Evicted = gone.Newest };
        Learn(stream);
        _replica.Join(_reader, _place, null, -1, gone.Newest);
        Assert.Empty(Heard());
        var next = Snapshot(null, "next");
        Learn(stream with { Messages = [.. first.Messages, .. next.Messages] });
        var heard = Heard();
        Assert.Contains("next", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("gap", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("first", heard, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_is_held_what_is_still_passing_repairs_a_lost_push()
    {
        var (one, two, three) = (Snapshot(null, "one"), Snapshot(null, "two"), Snapshot(null, "three"));
        var stream = Unheld(one);
        Learn(stream);
        _replica.Join(_reader, _place, null, 0, null);
        Assert.NotEqual(Progress.Current, _replica.Take(Push(stream, two.Newest) with { Frames = [.. three.Messages] })); // the one before it was lost
        Learn(stream with { Messages = [.. two.Messages, .. three.Messages] });
        Assert.Equal(Progress.Current, _replica.Take(Push(stream, two.Newest) with { Frames = [.. three.Messages] }));
        var heard = Heard();
        Assert.Matches("two(?s:.*)three", heard);
        Assert.Equal(heard.IndexOf("three", StringComparison.Ordinal), heard.LastIndexOf("three", StringComparison.Ordinal));
        Assert.DoesNotContain("gap", heard, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_is_held_a_hole_is_told_once_to_whoever_listens_and_to_whoever_resumes_from_before_it()
    {
        var (one, two, three, four) = (Snapshot(null, "one"), Snapshot(null, "two"), Snapshot(null, "three"), Snapshot(null, "four"));
        var stream = Unheld(one);
        Learn(stream);
        _replica.Join(_reader, _place, null, 0, null);
        Assert.NotEqual(Progress.Current, _replica.Take(Push(stream, two.Newest) with { Frames = [.. three.Messages] }));
        Learn(stream with { Evicted = three.Newest }); // another activation, which has no messages at all
        Assert.Matches("^[^\n]*\"gap\"[^\n]*\n\n$", Heard());
        Assert.Equal(Progress.Current, _replica.Take(Push(stream, three.Newest) with { Frames = [.. four.Messages] }));
        Assert.DoesNotContain("gap", Heard(), StringComparison.Ordinal);
        foreach (var (last, misses) in new[] { (one.Newest, true), (two.Newest, true), (three.Newest, true), (four.Newest, false) })
        {
            var resumed = new FeedReader("resumed " + last, [Name], _ => ValueTask.CompletedTask);
            _replica.Join(resumed, _place, null, 0, last);
            Assert.Equal(misses, Heard(resumed).Contains("gap", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void What_was_overtaken_on_its_way_comes_before_what_overtook_it()
    {
        var (stream, next) = (Snapshot(null, "first"), Snapshot(null, "next"));
        Learn(stream);
        _replica.Join(_reader, _place, null, 0, null);
        Assert.Equal(Progress.AwaitsLate, _replica.Take(Push(stream, stream.Newest) with { Number = 2, Frames = [.. next.Messages] }));
        Assert.Empty(Heard());
        Assert.Equal(Progress.Current, _replica.Take(Push(stream, stream.Newest) with { Number = 1, Frames = [Failed()] }));
        Assert.Matches("failed(?s:.*)next", Heard());
        Assert.Equal(Progress.Current, _replica.Take(Push(stream, next.Newest) with { Number = 3, Frames = [Failed()] }));
        Assert.Contains("failed", Heard(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_push_that_an_answer_overtook_brings_its_events_and_nothing_twice(bool isAnswerOvertaken)
    {
        var (stream, next) = (Snapshot(null, "first"), Snapshot(null, "next"));
        Learn(stream);
        _replica.Join(_reader, _place, null, 0, null);
        var state = State();
        if (isAnswerOvertaken) _replica.Take(Push(stream, stream.Newest) with { Number = 1, Frames = [] });
        Assert.Equal(Progress.AwaitsLate, _replica.Take(Push(stream, next.Newest) with { Number = 4, Frames = [Failed()] }));
        Assert.True(_replica.Take(Answer(stream with { Messages = next.Messages }) with { Pushed = 3 }, state));
        Assert.Matches("next(?s:.*)failed", Heard());
        Assert.Equal(Progress.Current, _replica.Take(Push(stream, stream.Newest) with { Number = 2, Frames = [Failed(), .. next.Messages] }));
        var heard = Heard();
        Assert.Contains("failed", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("next", heard, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_answer_does_not_cover_goes_on_waiting_for_the_push_before_it()
    {
        var (stream, next, last) = (Snapshot(null, "first"), Snapshot(null, "next"), Snapshot(null, "last"));
        Learn(stream);
        _replica.Join(_reader, _place, null, 0, null);
        _replica.Take(Push(stream, next.Newest) with { Number = 2, Frames = [.. last.Messages] });
        Assert.False(_replica.Take(Answer(stream with { Messages = [] }), State())); // from before either was pushed
        Assert.Equal(Progress.Current, _replica.Take(Push(stream, stream.Newest) with { Number = 1, Frames = [.. next.Messages] }));
        Assert.Matches("next(?s:.*)last", Heard());
    }

    [Fact]
    public void What_waits_is_told_in_its_place_among_what_the_answer_brings_that_covers_it()
    {
        var (stream, two, three) = (Snapshot(null, "one"), Snapshot(null, "two"), Snapshot(null, "three"));
        Learn(stream);
        _replica.Join(_reader, _place, null, 0, null);
        _replica.Take(Push(stream, two.Newest) with { Number = 2, Frames = [Failed(), .. three.Messages] });
        Assert.True(_replica.Take(Answer(stream with { Messages = [.. two.Messages, .. three.Messages] }) with { Pushed = 2 }, State()));
        var heard = Heard();
        Assert.Matches("two(?s:.*)failed(?s:.*)three", heard);
        Assert.Equal(heard.IndexOf("three", StringComparison.Ordinal), heard.LastIndexOf("three", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_nothing_is_held_a_message_that_waits_for_a_lost_push_is_heard()
    {
        var stream = Snapshot(null, "first");
        Learn(null);
        _replica.Join(_reader, _place, null, 0, null);
        _replica.Take(Push(stream, stream.Begun.Previous) with { Number = 2 }); // the one that began the stream was lost
        Assert.True(_replica.Take(Answer(Unheld(stream)) with { Pushed = 2 }, State()));
        var heard = Heard();
        Assert.Contains("first", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("gap", heard, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_that_is_being_written_is_not_told_once_its_end_may_have_been()
    {
        var (stream, next) = (Snapshot(null, "first"), Snapshot(null, "next"));
        Learn(stream);
        _replica.Join(_reader, _place, null, 0, null);
        Assert.True(_replica.Take(Answer(stream with { Messages = next.Messages }) with { Pushed = 2 }, State()));
        var growing = FrameEncoder.Encode(
            new Notice { Name = NoticeName.Answering, Stream = Name.Value, Command = Guid.NewGuid(), Text = "half" }, Timestamp.Now(_time));
        Assert.Equal(Progress.Current, _replica.Take(Push(stream, stream.Newest) with { Number = 1, Frames = [growing] }));
        Assert.DoesNotContain("answering", Heard(), StringComparison.Ordinal);
    }

    [Fact]
    public void Presence_that_comes_late_is_told_to_those_who_have_not_been_told_anew()
    {
        var stream = Snapshot(null, "first");
        Learn(stream);
        var crowd = new List<FeedReader>();
        _replica.Join(_reader, _place, null, -1, null);
        for (var i = 0; i < 9; i++)
        {
            crowd.Add(new FeedReader($"crowd {i}", [Name], _ => ValueTask.CompletedTask) { Client = new ClientKey(1, 1) });
            _replica.Join(crowd[i], _place, null, -1, null);
        }

        Assert.True(_replica.Take(Answer(stream with { Messages = [] }) with { Pushed = 2 }, State()));
        Take(3, Present(3, Audience.Few));
        Take(1, Present(1, Audience.Nobody));
        Take(2, Present(2, Audience.Dozens));
        Assert.Equal(["2"], Observers(_reader));
        Assert.Equal(["3"], Observers(crowd[0]));

        void Take(long number, Frame frame) => Assert.Equal(
            Progress.Current, _replica.Take(Push(stream, stream.Newest) with { Number = number, Frames = [frame] }));

        Frame Present(int observers, Audience except) => FrameEncoder.Encode(
            new Notice { Name = NoticeName.Presence, Stream = Name.Value, Observers = observers, Users = [] }, Timestamp.Now(_time)) with
        { Except = except };

        static string[] Observers(FeedReader reader) => [.. Regex.Matches(Heard(reader), "Observers\":(\\d)").Select(match => match.Groups[1].Value)];
    }

    [Fact]
    public void More_pushes_than_can_wait_are_asked_for()
    {
        var stream = Snapshot(null, "first");
        Learn(stream);
        _replica.Join(_reader, _place, null, 0, null);
        Assert.True(_replica.TryAwaitLate());
        Assert.False(_replica.TryAwaitLate());
        for (var number = 2; number <= 300; number++)
            Assert.Equal(Progress.AwaitsLate, _replica.Take(Push(stream, stream.Newest) with { Number = number, Frames = [Failed()] }));
        Assert.Equal(Progress.AwaitsLate, _replica.Take(Push(stream, stream.Newest) with { Number = 1, Frames = [Failed()] }));
        Assert.Equal(Progress.AwaitsLate, _replica.EndAwaitingLate()); // some have come
        Assert.Equal(Progress.LacksSome, _replica.EndAwaitingLate());
        Assert.True(_replica.Take(Answer(stream) with { Pushed = 300 }, State()));
        Assert.Equal(Progress.Current, _replica.Progress);
    }

    [Fact]
    public void Pushes_without_numbers_are_taken_as_they_came()
    {
        var stream = Snapshot(null, "first");
        Learn(stream);
        _replica.Join(_reader, _place, null, 0, null);
        var next = Guid.NewGuid(); // its pushes come before its answer
        for (var number = 10; number < 40; number++)
            _replica.Take(Push(stream, stream.Newest) with { Activation = next, Frames = [Failed($"#{number}")] });
        Assert.True(_replica.Take(Answer(stream) with { Activation = next }, State()));
        Assert.Equal(Enumerable.Range(10, 30).Select(number => $"#{number}"), Regex.Matches(Heard(), "#\\d+").Select(match => match.Value));
    }

    [Fact]
    public void An_overtaken_answer_whose_newest_message_is_gone_tells_of_one_gap()
    {
        var (stream, two, three) = (Snapshot(null, "one"), Snapshot(null, "two"), Snapshot(null, "three"));
        Learn(stream);
        _replica.Join(_reader, _place, null, 0, null);
        var state = State();
        _replica.Take(Push(stream, stream.Newest) with { Number = 1, Frames = [Failed()] });
        var answer = Answer(stream with { Messages = [], Evicted = two.Newest }) with { Pushed = 2, Position = two.Newest };
        Assert.True(_replica.Take(answer, state));
        Assert.Equal(Progress.Current, _replica.Take(Push(stream, two.Newest) with { Number = 3, Frames = [.. three.Messages] }));
        Assert.Single(Regex.Matches(Heard(), "\"gap\""));
    }

    [Fact]
    public void A_push_that_began_a_stream_which_has_been_replaced_ends_nothing()
    {
        var (stream, next) = (Snapshot(null, "first"), Snapshot(null, "next"));
        Learn(null);
        _replica.Join(_reader, _place, null, 0, null);
        _replica.Take(Answer(next) with { Pushed = 3 }, State());
        _replica.Take(Push(stream, Timestamp.None) with { Number = 1, Began = stream with { Messages = [] } });
        var heard = Heard();
        Assert.Contains("next", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("expired", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("first", heard, StringComparison.Ordinal);
    }

    private static StreamSnapshot Unheld(StreamSnapshot stream) =>
        stream with { Settings = stream.Settings with { Keep = Retention.None }, Messages = [], Evicted = stream.Newest };

    private Frame Failed(string reason = "busy") =>
        FrameEncoder.Encode(new Notice { Name = NoticeName.Failed, Stream = Name.Value, Reason = reason }, Timestamp.Now(_time));

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

    private string Heard() => Heard(_reader);

    private static string Heard(FeedReader reader)
    {
        var output = new ArrayBufferWriter<byte>();
        reader.Read(output, int.MaxValue);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
