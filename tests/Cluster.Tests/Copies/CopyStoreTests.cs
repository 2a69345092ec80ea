using Malten.Cluster.Tests.Members;
using Malten.Grains.Commands;
using Malten.Grains.Copies;
using Malten.Grains.Members;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;
using Microsoft.Extensions.Options;

namespace Malten.Cluster.Tests.Copies;

/// <summary>Whose copies a silo holds, and from whom it takes nothing any more.</summary>
public sealed class CopyStoreTests : IDisposable
{
    private static readonly StreamName Name = StreamName.Parse("copied");
    private static readonly SiloAddress Owner = FakeMembership.SiloAt(2);
    private static readonly SiloAddress Next = FakeMembership.SiloAt(3);
    private readonly FakeTime _time = new();
    private readonly FakeMembership _membership = new(FakeMembership.SiloAt(1), Owner, Next);
    private readonly LeaseOptions _lease = new() { ServesWithoutTable = true };
    private readonly CopyStore _store;
    private readonly MessageStream _stream;

    public CopyStoreTests()
    {
        var lease = new Lease(_membership.View, null!, Options.Create(_lease), _time);
        _store = new CopyStore(new Capacity(new CapacityOptions()), _time, _time, _membership.View, lease);
        _stream = new MessageStream(Name, new Capacity(new CapacityOptions()), _time);
        Post("first");
    }

    public void Dispose()
    {
        _store.Dispose();
        _stream.Dispose();
    }

    [Fact]
    public void An_activation_that_was_replaced_stores_nothing_any_more()
    {
        var (before, after) = (new CopyWriter(Owner, 1), new CopyWriter(Next, 2));
        Assert.Equal(CopyOutcome.Held, Hold(before));
        Assert.NotNull(_store.Find(Name.Value, after.Epoch).Copy);
        Assert.Equal(CopyOutcome.Superseded, Add(before)); // was on its way while the next one asked
        Assert.Equal(CopyOutcome.Superseded, Hold(before));
        Assert.Equal(["first"], Held());
        Assert.Equal(CopyOutcome.Held, Hold(after));
    }

    [Fact]
    public void A_silo_that_held_nothing_takes_nothing_older_either()
    {
        Assert.Null(_store.Find(Name.Value, 2).Copy);
        Assert.Equal(CopyOutcome.Superseded, Hold(new CopyWriter(Owner, 1)));
        Assert.Equal(0, _store.Count);
    }

    [Fact]
    public void Whoever_asks_learns_the_highest_epoch_that_anybody_asked_with()
    {
        Assert.Equal(0, _store.Find(Name.Value, 5).Fence);
        Assert.Equal(5, _store.Find(Name.Value, 3).Fence);
        Assert.Equal(CopyOutcome.Superseded, Hold(new CopyWriter(Owner, 4)));
    }

    [Fact]
    public void A_silo_that_was_declared_dead_drops_nothing()
    {
        Hold(new CopyWriter(Next, 3));
        _membership.Set((FakeMembership.SiloAt(1), SiloStatus.Active), (Owner, SiloStatus.Dead), (Next, SiloStatus.Active));
        _store.Drop(Name.Value, new CopyWriter(Owner, 4), 1);
        Assert.Equal(["first"], Held());
    }

    [Fact]
    public void What_a_replaced_activation_held_is_kept_whatever_the_fence_unless_a_later_one_has_written()
    {
        var (kept, here) = (new List<string>(), FakeMembership.SiloAt(1));
        _store.Kept += kept.Add;
        _store.Find(Name.Value, 5);
        _store.Keep(CopyBy(new CopyWriter(here, 4)));
        Assert.Equal([Name.Value], kept);
        Assert.Equal(["first"], Held());
        Assert.Equal([Name.Value], _store.Orphans(_ => false)); // whoever should run it goes on with it
        Assert.Equal(CopyOutcome.Superseded, Hold(new CopyWriter(Owner, 4)));

        Post("later");
        Assert.Equal(CopyOutcome.Held, Hold(new CopyWriter(Next, 5)));
        _store.Keep(CopyBy(new CopyWriter(here, 4)));
        Assert.Equal((new CopyWriter(Next, 5), 1), (_store.VersionOf(Name.Value)!.Value.Writer, kept.Count));
        _store.Drop(Name.Value, new CopyWriter(Next, 5), 1);
        Assert.Equal(0, _store.Count);
    }

    [Fact]
    public void A_fence_without_a_copy_is_forgotten_after_a_minute()
    {
        _store.Find(Name.Value, 5);
        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(0, _store.Find(Name.Value, 1).Fence);
    }

    [Fact]
    public void The_fence_of_a_first_activation_that_held_nothing_goes_with_it_and_no_other_does()
    {
        var (first, second) = (new CopyWriter(Owner, 1), new CopyWriter(Next, 2));
        _store.Find(Name.Value, 1);
        _store.Forget(Name.Value, first);
        Assert.Equal(0, _store.Known);
        _store.Find(Name.Value, 1);
        _store.Find(Name.Value, 2);
        _store.Forget(Name.Value, first); // comes late
        _store.Forget(Name.Value, second); // the first may still write
        Assert.Equal(2, _store.Find(Name.Value, 0).Fence);
        Hold(second);
        _store.Forget(Name.Value, first);
        Assert.Equal((1, 2), (_store.Count, _store.Find(Name.Value, 0).Fence));
    }

    [Fact]
    public void An_update_that_does_not_follow_is_told_so()
    {
        var writer = new CopyWriter(Owner, 1);
        Assert.Equal(CopyOutcome.Differs, Add(writer)); // nothing is held
        Hold(writer);
        Assert.Equal(CopyOutcome.Held, Add(writer));
        Assert.Equal(["first", "next", "next"], Held());
        Post("lost on its way");
        Assert.Equal(CopyOutcome.Differs, Add(writer));
    }

    [Fact]
    public void Nothing_is_taken_from_a_silo_that_is_no_member()
    {
        _membership.Set((FakeMembership.SiloAt(1), SiloStatus.Active), (Owner, SiloStatus.Dead), (Next, SiloStatus.Active));
        Assert.Equal(CopyOutcome.Refused, Hold(new CopyWriter(Owner, 1)));
    }

    [Theory]
    [InlineData(SiloStatus.ShuttingDown)]
    [InlineData(SiloStatus.Stopping)]
    public void A_silo_that_stops_in_good_order_may_still_hand_over_what_it_has(SiloStatus status)
    {
        _membership.Set((FakeMembership.SiloAt(1), SiloStatus.Active), (Owner, status), (Next, SiloStatus.Active));
        Assert.Equal(CopyOutcome.Held, Hold(new CopyWriter(Owner, 1)));
        Assert.Equal([Name.Value], _store.Orphans(_ => false)); // whoever should run it goes on with it
    }

    [Fact]
    public void A_silo_without_a_lease_stores_nothing()
    {
        _lease.ServesWithoutTable = false;
        Assert.Equal(CopyOutcome.Refused, Hold(new CopyWriter(Owner, 1)));
    }

    [Fact]
    public void A_copy_is_an_orphan_once_its_writer_is_gone_and_until_another_writes_it()
    {
        Hold(new CopyWriter(Owner, 1));
        Assert.Empty(_store.Orphans(_ => false));
        Assert.Equal([Name.Value], _store.Orphans(name => name == Name.Value));
        _membership.Set((FakeMembership.SiloAt(1), SiloStatus.Active), (Owner, SiloStatus.Dead), (Next, SiloStatus.Active));
        Assert.Equal([Name.Value], _store.Orphans(_ => false));
        Hold(new CopyWriter(Next, 2));
        Assert.Empty(_store.Orphans(_ => false));
    }

    [Fact]
    public void A_copy_that_was_written_to_meanwhile_is_not_released()
    {
        var writer = new CopyWriter(Owner, 1);
        Hold(writer);
        var seen = _store.VersionOf(Name.Value)!.Value;
        Assert.Equal(CopyOutcome.Held, _store.Hold(new StreamCopy { Stream = _stream.Capture()!, Writer = writer, Turn = seen.Turn + 1 }));
        _membership.Set((FakeMembership.SiloAt(1), SiloStatus.Active), (Owner, SiloStatus.Dead));
        _store.Release(Name.Value, seen);
        Assert.False(_store.BegunOf(Name.Value).IsNone);
        _store.Release(Name.Value, _store.VersionOf(Name.Value)!.Value);
        Assert.True(_store.BegunOf(Name.Value).IsNone);
    }

    [Fact]
    public void A_copy_whose_writer_lives_is_that_ones_to_drop()
    {
        Hold(new CopyWriter(Owner, 1));
        _store.Release(Name.Value, _store.VersionOf(Name.Value)!.Value);
        Assert.False(_store.BegunOf(Name.Value).IsNone);
    }

    [Fact]
    public void A_copy_is_dropped_by_its_writer_or_a_later_one_only()
    {
        Hold(new CopyWriter(Next, 2));
        _store.Drop(Name.Value, new CopyWriter(Owner, 1), 9);
        Assert.Equal(1, _store.Count);
        _store.Drop(Name.Value, new CopyWriter(Next, 2), 9);
        Assert.Equal(0, _store.Count);
    }

    [Fact]
    public void What_was_overtaken_on_its_way_changes_nothing()
    {
        var writer = new CopyWriter(Owner, 1);
        var late = new StreamCopy { Stream = _stream.Capture()!, Writer = writer, Turn = 1 };
        Post("newer");
        Assert.Equal(CopyOutcome.Held, _store.Hold(new StreamCopy { Stream = _stream.Capture()!, Writer = writer, Turn = 3 }));
        Assert.Equal(CopyOutcome.Differs, _store.Hold(late));
        _store.Drop(Name.Value, writer, 2);
        Assert.Equal(["first", "newer"], Held());
    }

    [Fact]
    public void A_copy_ends_when_its_stream_does()
    {
        Hold(new CopyWriter(Owner, 1));
        _time.Advance(TimeSpan.FromSeconds(1025));
        Assert.Equal(0, _store.Count);
    }

    [Fact]
    public void Commands_of_a_name_without_a_stream_are_held_like_a_copy_and_forgotten_after_ten_minutes()
    {
        CommandClaim[] claims = [new(Guid.NewGuid(), null)];
        Assert.Equal(CopyOutcome.Held, _store.HoldClaims(Name.Value, new CopyWriter(Owner, 2), 1, claims));
        Assert.Equal(CopyOutcome.Superseded, _store.HoldClaims(Name.Value, new CopyWriter(Owner, 1), 2, []));
        Assert.Equal(claims, _store.Find(Name.Value, 0).Claims);
        Assert.True(_store.Holds(Name.Value));
        _membership.Set((FakeMembership.SiloAt(1), SiloStatus.Active), (Owner, SiloStatus.Dead), (Next, SiloStatus.Active));
        Assert.Equal([Name.Value], _store.Orphans(_ => false));
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.True(_store.Holds(Name.Value));
        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.False(_store.Holds(Name.Value));
    }

    [Theory]
    [InlineData(false)] // what placement does as long as the members stay the same
    [InlineData(true)]
    public void What_an_activation_sent_before_it_was_forgotten_does_not_touch_the_copy_of_the_next_one(bool moved)
    {
        var (before, after) = (new CopyWriter(Owner, 1), new CopyWriter(moved ? Next : Owner, 1));
        var late = _store.NextTurn();
        _store.Find(Name.Value, 1);
        _store.Forget(Name.Value, before); // it held nothing, as far as it knows
        Assert.Equal(0, _store.Find(Name.Value, 1).Fence); // so the next one has the same epoch
        var copy = new StreamCopy { Stream = _stream.Capture()!, Writer = after, Turn = _store.NextTurn() };
        Assert.Equal(CopyOutcome.Held, _store.Hold(copy));
        Assert.NotEqual(CopyOutcome.Held, _store.HoldClaims(Name.Value, before, late, []));
        Assert.NotEqual(CopyOutcome.Held, _store.HoldClaims(Name.Value, before, late, [new(Guid.NewGuid(), null)]));
        Assert.NotEqual(CopyOutcome.Held, _store.Hold(copy with { Writer = before, Turn = late }));
        _store.Drop(Name.Value, before, late);
        Assert.Equal(["first"], Held());
        Assert.Equal(CopyOutcome.Held, _store.HoldClaims(Name.Value, after, _store.NextTurn(), [])); // its own stream has ended
        Assert.Equal(0, _store.Count);
    }

    [Fact]
    public void A_copy_that_an_earlier_activation_left_does_not_stop_the_writer_of_a_later_stream()
    {
        Hold(new CopyWriter(Owner, 1)); // left behind where nobody asked
        _time.Advance(TimeSpan.FromSeconds(10));
        using var later = new MessageStream(Name, new Capacity(new CapacityOptions()), _time);
        later.TryAppend(new Draft { Address = Name, Text = MessageText.Parse("later") }, out _);
        var copy = new StreamCopy { Stream = later.Capture()!, Writer = new CopyWriter(Next, 1) };
        Assert.Equal(CopyOutcome.Held, _store.Hold(copy));
        Assert.Equal(["later"], Held());
        Assert.Equal(CopyOutcome.Superseded, Hold(new CopyWriter(Owner, 1)));
    }

    [Fact]
    public void Copies_that_were_dropped_or_replaced_are_not_kept_until_they_would_have_ended()
    {
        var writer = new CopyWriter(Owner, 1);
        for (var i = 0; i < 500; i++)
        {
            Hold(writer);
            if (i % 2 == 0) _store.Drop(Name.Value, writer, 9);
        }

        Assert.InRange(_store.Waiting, 0, 130);
    }

    [Fact]
    public void A_stream_takes_memory_once_while_it_moves()
    {
        const int Little = 4096; // what streams take beside their messages
        var capacity = new Capacity(new CapacityOptions());
        using var store = new CopyStore(capacity, _time, _time, _membership.View, new Lease(_membership.View, null!, Options.Create(_lease), _time));
        for (var i = 0; i < 100; i++) Post(new string('漢', 1000));
        Assert.All(Crossing(new CopyWriter(Owner, 1)), piece => Assert.Equal(CopyOutcome.Held, store.Hold(piece)));
        var held = capacity.Bytes;
        Assert.InRange(held, 300_000, long.MaxValue);

        // Another silo goes on with the stream, and writes all of it anew.
        Assert.All(Crossing(new CopyWriter(Next, 2)), piece =>
        {
            Assert.Equal(CopyOutcome.Held, store.Hold(piece));
            Assert.InRange(capacity.Bytes, held, held + Little);
        });
        Assert.Equal(held, capacity.Bytes);

        // This silo goes on with it, and holds the copy until others hold one.
        var copy = store.Find(Name.Value, 3).Copy!;
        while (copy.HasMore) copy = copy.With(store.Read(Name.Value, 3, copy.Stream.Last)!);
        using var live = new MessageStream(Name, capacity, _time);
        live.Restore(copy.Stream);
        Assert.InRange(capacity.Bytes, held, held + Little);
        store.Drop(Name.Value, new CopyWriter(FakeMembership.SiloAt(1), 3), 1);
        Assert.InRange(capacity.Bytes, held, held + Little);
        Assert.Equal(101, live.Feed.Count);
        Assert.All(live.Capture()!.Messages, message => Assert.False(message.Bytes.AsSpan().IndexOfAnyExcept((byte)0) < 0)); // not overwritten
        live.Dispose();
        Assert.Equal(0, capacity.Bytes);

        IEnumerable<StreamCopy> Crossing(CopyWriter writer)
        {
            var (whole, after, turn) = (new StreamCopy { Stream = _stream.Capture()!, Writer = writer }, Timestamp.None, 0);
            for (var hasMore = true; hasMore; turn++)
            {
                var piece = whole.PieceAfter(after) with { Turn = turn };
                (hasMore, after) = (piece.HasMore, piece.Stream.Last);
                // As it comes from another silo: in arrays of its own.
                Frame[] messages = [.. piece.Stream.Messages.Select(message => message with { Bytes = [.. message.Bytes] })];
                yield return piece with { Stream = piece.Stream with { Messages = messages } };
            }
        }
    }

    [Fact]
    public void What_a_copy_holds_is_its_authors_and_gives_way_like_all_that_is()
    {
        var author = new ClientKey(1, 1);
        var capacity = new Capacity(new CapacityOptions { MaxMemoryMegabytes = 1 });
        using var store = new CopyStore(capacity, _time, _time, _membership.View, new Lease(_membership.View, null!, Options.Create(_lease), _time));
        var writer = new CopyWriter(Owner, 1);
        for (var i = 0; i < 1000; i++)
        {
            _stream.TryAppend(new Draft { Address = Name, Text = MessageText.Parse(new string('漢', 1000)), Client = author }, out _);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        var whole = new StreamCopy { Stream = _stream.Capture()!, Writer = writer, Turn = 1 };
        Assert.Equal(CopyOutcome.Held, store.Hold(whole));
        Assert.Equal(capacity.Bytes - 1024, capacity.Shares.Held(author, Resource.Bytes) + capacity.Shares.Held(default, Resource.Bytes));
        for (var i = 0; i < 8; i++) store.MakeRoom();
        Assert.True(capacity.Bytes < (1024 + 128) * 1024);
        var previous = _stream.Newest;
        Post("next");
        Assert.Equal(CopyOutcome.Held, store.Add(new CopyUpdate
        {
            Stream = Name.Value, Writer = writer, Begun = _stream.Begun, Previous = previous, Turn = 2,
            Messages = [_stream.Capture()!.Messages[^1]], TimeLeft = _stream.TimeLeft,
        }));
        var left = store.Find(Name.Value, 0);
        Assert.Equal(_stream.Newest, left.Newest);
        Assert.InRange(left.Messages, 2, 999);
        store.Drop(Name.Value, writer, 9);
        Assert.Equal((0, 0), (capacity.Bytes, capacity.Shares.Clients));
    }

    [Fact]
    public void Of_a_stream_that_holds_no_messages_a_copy_has_its_life_alone()
    {
        using var stream = new MessageStream(Name, new Capacity(new CapacityOptions()), _time);
        stream.Begin(new StreamSettings(Name, true, TimeToLive.FromSeconds(60)) { Keep = Retention.None });
        var draft = new Draft { Address = Name, Text = MessageText.Parse("secret"), Id = Guid.NewGuid() };
        Assert.True(stream.TryStage(draft, out var first));
        var writer = new CopyWriter(Owner, 1);
        var whole = new StreamCopy { Stream = stream.Capture()!.With([first]), Writer = writer };
        Assert.Empty(whole.Stream.Messages);
        Assert.Equal(CopyOutcome.Held, _store.Hold(whole));
        stream.Commit(first);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.True(stream.TryStage(draft with { Id = Guid.NewGuid() }, out var second));
        Assert.Equal(CopyOutcome.Held, _store.Add(new CopyUpdate
        {
            Stream = Name.Value, Writer = writer, Begun = stream.Begun, Previous = first.Timestamp, Messages = [],
            Passed = [new EvictedMessage(second.Id, second.Timestamp)], TimeLeft = stream.TimeLeftOnceCommitted,
        }));

        var found = _store.Find(Name.Value, 2).Copy!.Stream;
        Assert.Empty(found.Messages);
        Assert.Equal((second.Timestamp, 0, TimeSpan.FromSeconds(60)), (found.Newest, found.Settings.Keep.Messages, found.TimeLeft));
        using var next = new MessageStream(Name, new Capacity(new CapacityOptions()), _time);
        next.Restore(found);
        Assert.False(next.TryStage(draft, out var again));
        Assert.Equal((first.Id, first.Timestamp), (again.Id, again.Timestamp));
        Assert.True(next.TryStage(draft with { Id = Guid.NewGuid() }, out var third));
        Assert.True(third.Timestamp > second.Timestamp);
    }

    private CopyOutcome Hold(CopyWriter writer) => _store.Hold(CopyBy(writer));

    private StreamCopy CopyBy(CopyWriter writer) => new() { Stream = _stream.Capture()!, Writer = writer };

    private CopyOutcome Add(CopyWriter writer)
    {
        var previous = _stream.Newest;
        Post("next");
        return _store.Add(new CopyUpdate
        {
            Stream = Name.Value, Writer = writer, Begun = _stream.Begun, Previous = previous,
            Messages = [.. _stream.Capture()!.Messages.Where(message => message.Timestamp > previous)], TimeLeft = _stream.TimeLeft,
        });
    }

    private void Post(string text)
    {
        _time.Advance(TimeSpan.FromMilliseconds(10));
        _stream.TryAppend(new Draft { Address = Name, Text = MessageText.Parse(text) }, out _);
    }

    private List<string> Held() => [.. _store.Find(Name.Value, 0).Copy!.Stream.Messages
        .Select(message => System.Text.Json.JsonDocument.Parse(message.Payload).RootElement.GetProperty("Text").GetString()!)];
}
