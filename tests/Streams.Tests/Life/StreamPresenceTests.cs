using System.Buffers;
using System.Text;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Streams.Tests.Life;

/// <summary>Who listens to a stream: who may, who is announced, and when.</summary>
public sealed class StreamPresenceTests : StreamTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    [Fact]
    public void Changes_are_announced_at_once_and_then_once_a_second()
    {
        var stream = NewStream();
        using var follower = new FeedFollower(stream.Feed);
        Join(stream);
        Assert.Equal(1, Announced(follower));
        Join(stream);
        Join(stream);
        Time.Advance(Second - Tick);
        Assert.Equal(0, Announced(follower));
        Time.Advance(Tick);
        Assert.Equal(1, Announced(follower));
        Join(stream);
        Assert.Equal(0, Announced(follower));
        Time.Advance(Second);
        Assert.Equal(1, Announced(follower));
        Time.Advance(Second);
        Join(stream);
        Assert.Equal(1, Announced(follower));
        Assert.Equal(0, Time.ActiveTimers);
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_costs_the_presence_of_now_and_not_all_that_was()
    {
        var stream = NewStream();
        await using var slow = Join(stream);
        var readers = Enumerable.Range(0, StreamLimits.UsersNamed).Select(i => Join(stream, Label(i))).ToList();
        Time.Advance(2 * Second);
        var bytes = Capacity.Bytes;
        Assert.InRange(bytes, 40_000, 80_000); // 128 labels of 32 emoji
        for (var i = 0; i < 64; i++)
        {
            stream.SetStatus(readers[i].Session, PresenceStatus.Typing);
            Time.Advance(10 * Second);
        }

        Assert.InRange(Capacity.Bytes, bytes - 10_000, bytes + 10_000);
        Post(stream, "after");
        var heard = Read(slow);
        Assert.Equal(1, Count(heard, "\"Name\":\"presence\""));
        Assert.Equal(64, Count(heard, "\"typing\""));
        Assert.Equal(1, Count(heard, "after"));
        Assert.Equal(0, Count(heard, "\"Name\":\"gap\""));
        stream.SetStatus(readers[0].Session, PresenceStatus.Away);
        Assert.Equal(1, Count(Read(slow), "\"away\""));
    }

    [Fact]
    public void What_comes_between_is_heard_in_its_place()
    {
        var stream = NewStream();
        using var follower = new FeedFollower(stream.Feed);
        Join(stream);
        Post(stream, "one");
        Time.Advance(2 * Second);
        Join(stream);
        Post(stream, "two");
        Assert.Collection(follower.Take(), IsOf("\"one\""), IsOf("\"Observers\":2"), IsOf("\"two\""));

        static Action<Frame> IsOf(string part) => frame => Assert.Contains(part, Encoding.UTF8.GetString(frame.Bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_room_hears_of_changes_once_a_second_and_a_crowd_with_long_labels_more_seldom()
    {
        var stream = NewStream();
        using var follower = new FeedFollower(stream.Feed);
        for (var i = 0; i < 20; i++) Join(stream, $"somebody {i}");
        Assert.Equal(20, Announce(20));
        for (var i = 0; i < 1000; i++) Join(stream, Label(i));
        Time.Advance(TimeSpan.FromMinutes(1));
        Announced(follower);
        Assert.InRange(Announce(120), 5, 7); // 42 KB to 1,020 listeners
        for (var i = 0; i < 1000; i++) stream.Leave(stream.Sessions(null)[^1]);
        Time.Advance(TimeSpan.FromMinutes(1));
        Announced(follower);
        Assert.Equal(20, Announce(20));

        int Announce(int seconds)
        {
            var announced = 0;
            for (var second = 0; second < seconds; second++)
            {
                stream.SetStatus(stream.Sessions(null)[0], second % 2 == 0 ? PresenceStatus.Typing : PresenceStatus.Online);
                announced += Announced(follower);
                Time.Advance(Second);
            }

            return announced;
        }
    }

    [Fact]
    public void One_client_with_a_thousand_listeners_does_not_delay_what_others_hear()
    {
        var stream = NewStream();
        var others = Enumerable.Range(0, 20).Select(i => Join(stream, $"somebody {i}", client: Client(100 + i))).ToList();
        var crowd = Enumerable.Range(0, 1000).Select(i => Join(stream, Label(i), client: Client(1))).ToList();
        Time.Advance(TimeSpan.FromMinutes(1));
        foreach (var reader in others.Concat(crowd)) Read(reader);
        var heardByCrowd = 0;
        for (var round = 0; round < 30; round++)
        {
            stream.SetStatus(crowd[round].Session, PresenceStatus.Typing); // as long as the stranger likes
            Time.Advance(2 * Second);
            foreach (var reader in others) Read(reader);
            stream.SetStatus(others[0].Session, round % 2 == 0 ? PresenceStatus.Typing : PresenceStatus.Online);
            Time.Advance(2 * Second);
            Assert.All(others, reader => Assert.Contains(
                $"\"somebody 0\",\"Status\":\"{(round % 2 == 0 ? "typing" : "online")}\"", Read(reader), StringComparison.Ordinal));
            heardByCrowd += Count(Read(crowd[^1]), "\"Name\":\"presence\"");
        }

        Assert.InRange(heardByCrowd, 8, 20); // two minutes; 18 KB for each of a thousand
    }

    [Fact]
    public void A_network_weighs_as_eight_clients()
    {
        var stream = NewStream();
        var one = Join(stream, "ann", client: new ClientKey(1, 100));
        for (var i = 0; i < 1000; i++) Join(stream, Label(i), client: new ClientKey(1000UL + (ulong)i, 7));
        Time.Advance(TimeSpan.FromMinutes(1));
        for (var round = 0; round < 10; round++)
        {
            Read(one);
            stream.SetStatus(one.Session, round % 2 == 0 ? PresenceStatus.Typing : PresenceStatus.Online);
            Time.Advance(2 * Second);
            Assert.Contains("\"ann\"", Read(one), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_school_behind_one_address_hears_as_often_as_ever_also_with_somebody_at_home()
    {
        var stream = NewStream();
        var school = Enumerable.Range(0, 450).Select(i => Join(stream, $"pupil number {i}", client: Client(1))).ToList();
        Assert.InRange(Heard(), 44, 48); // 6 KB for each: every 1.3 s
        var teacher = Join(stream, "teacher", client: Client(2));
        Assert.InRange(Heard(), 44, 60); // and not every other second, between what the teacher hears
        var last = Read(teacher);
        Assert.Equal(StreamLimits.UsersNamed, Count(last, "\"User\":"));
        Assert.Contains("teacher", last, StringComparison.Ordinal);

        int Heard()
        {
            Time.Advance(TimeSpan.FromMinutes(1));
            var heard = 0;
            Read(school[0]);
            for (var second = 0; second < 60; second++)
            {
                stream.SetStatus(school[1].Session, second % 2 == 0 ? PresenceStatus.Typing : PresenceStatus.Online);
                Time.Advance(Second);
                heard += Count(Read(school[0]), "\"Name\":\"presence\"");
            }

            return heard;
        }
    }

    [Fact]
    public void Whoever_gets_a_ninth_listener_hears_no_more_often_than_once_a_second_and_misses_nothing()
    {
        var stream = NewStream();
        var readers = Enumerable.Range(0, 8).Select(_ => Join(stream, "ann", client: Client(1))).ToList();
        Time.Advance(TimeSpan.FromMinutes(1));
        Read(readers[0]);
        for (var round = 0; round < 10; round++)
        {
            var ninth = Join(stream, "ann", client: Client(1));
            Assert.InRange(Count(Read(readers[0]), "\"Name\":\"presence\""), 0, round == 0 ? 1 : 0);
            Time.Advance(Second / 2);
            stream.Leave(ninth.Session);
            Assert.Equal(0, Count(Read(readers[0]), "\"Name\":\"presence\""));
            Time.Advance(Second / 2);
            Assert.Equal(1, Count(Read(readers[0]), "\"Observers\":8"));
        }
    }

    [Fact]
    public void What_is_held_for_a_crowd_is_its_newest_presence_alone()
    {
        var stream = NewStream();
        var one = Join(stream, "ann", client: Client(1));
        var crowd = Enumerable.Range(0, 1000).Select(i => Join(stream, Label(i), client: Client(2))).ToList();
        Time.Advance(TimeSpan.FromMinutes(1));
        Read(one);
        var bytes = Capacity.Bytes;
        for (var round = 0; round < 100; round++)
        {
            stream.SetStatus(one.Session, round % 2 == 0 ? PresenceStatus.Typing : PresenceStatus.Online);
            Time.Advance(2 * Second);
        }

        Assert.InRange(Capacity.Bytes, 1, bytes + 40_000); // two of 18 KB, for each audience one
        Assert.Equal(1, Count(Read(crowd[0]), "\"Name\":\"presence\""));
        Assert.Equal(1, Count(Read(one), "\"Name\":\"presence\""));
    }

    [Fact]
    public async Task A_crowd_is_not_woken_by_what_is_for_others()
    {
        var stream = NewStream();
        var one = Join(stream, "ann", client: Client(1));
        var crowd = Enumerable.Range(0, 1000).Select(i => Join(stream, Label(i), client: Client(2))).ToList();
        Time.Advance(TimeSpan.FromMinutes(1));
        stream.SetStatus(one.Session, PresenceStatus.Typing);
        foreach (var reader in crowd.Append(one)) Read(reader);
        var (waiting, told) = (crowd[0].WaitAsync().AsTask(), one.WaitAsync().AsTask());
        Time.Advance(Second);
        stream.SetStatus(one.Session, PresenceStatus.Online);
        await told.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Contains("\"online\"", Read(one), StringComparison.Ordinal);
        Assert.False(waiting.IsCompleted);
        Assert.Empty(Read(crowd[0]));
        Time.Advance(TimeSpan.FromSeconds(30));
        await waiting.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Contains("\"online\"", Read(crowd[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_what_a_crowd_was_to_be_told_nothing_is_left_once_it_has_gone()
    {
        var stream = NewStream();
        var one = Join(stream, "ann", client: Client(1));
        var crowd = Enumerable.Range(0, 1000).Select(i => Join(stream, Label(i), client: Client(2))).ToList();
        Time.Advance(TimeSpan.FromMinutes(1));
        foreach (var status in new[] { PresenceStatus.Typing, PresenceStatus.Online })
        {
            stream.SetStatus(one.Session, status); // the second has to wait
            Time.Advance(Second);
        }

        foreach (var reader in crowd)
        {
            stream.Leave(reader.Session);
            await reader.DisposeAsync();
        }

        Time.Advance(2 * Second);
        Read(one);
        var waiting = one.WaitAsync().AsTask();
        await Eventually.IsSoAsync(() => Capacity.Bytes == 0);
        Time.Advance(TimeSpan.FromSeconds(30));
        await Eventually.IsSoAsync(() => Capacity.Bytes == 0);
        Assert.False(waiting.IsCompleted);
        Assert.Equal(0, Time.ActiveTimers);
    }

    [Fact]
    public void Everything_that_changes_presence_is_announced_and_nothing_else()
    {
        var stream = NewStream();
        using var follower = new FeedFollower(stream.Feed);
        var reader = Join(stream, "ann");
        AssertAnnounced(follower, 1);
        stream.SetStatus(reader.Session, PresenceStatus.Typing);
        AssertAnnounced(follower, 1);
        stream.SetStatus(reader.Session, PresenceStatus.Typing);
        AssertAnnounced(follower, 0);
        stream.Report("node", new NodePresence(new Presence(1, []), Number: 1));
        AssertAnnounced(follower, 1);
        stream.Report("node", new NodePresence(new Presence(1, []), Number: 2));
        AssertAnnounced(follower, 0);
        stream.Leave(reader.Session);
        AssertAnnounced(follower, 1);
        stream.Leave(reader.Session);
        AssertAnnounced(follower, 0);
    }

    [Fact]
    public void Whoever_comes_to_another_node_as_somebody_leaves_it_is_told_and_a_report_that_is_repeated_tells_nobody()
    {
        var (stream, board) = (NewStream(), new PresenceBoard(Time));
        using var follower = new FeedFollower(stream.Feed);
        board.Join("1", "one", null, -1);
        board.Join("2", "two", null, -1);
        AssertReported(1);
        AssertReported(0); // in case that the last was lost
        board.Leave("2");
        board.Join("3", "three", null, -1);
        AssertReported(1);
        AssertReported(0);
        board.Leave("3");
        AssertReported(1);

        void AssertReported(int times)
        {
            stream.Report("node", board.Here());
            AssertAnnounced(follower, times);
        }
    }

    [Fact]
    public void Whoever_comes_to_another_audience_on_another_node_hears_what_those_had_still_to_be_told()
    {
        var (stream, board) = (NewStream(), new PresenceBoard(Time));
        using var follower = new FeedFollower(stream.Feed);
        var local = Join(stream, "ann");
        for (var i = 0; i < 600; i++)
        {
            var client = i < 513 ? 1 : (ulong)i;
            board.Join($"{i}", $"{i}", UserLabel.Parse(new string('x', 20) + i), -1, new ClientKey(client, client));
        }

        stream.Report("node", board.Here());
        Time.Advance(60 * Second);
        stream.SetStatus(local.Session, PresenceStatus.Typing); // told to all
        Time.Advance(Second);
        follower.Take();
        stream.SetStatus(local.Session, PresenceStatus.Away);
        Assert.DoesNotContain(follower.Take(), frame => (frame.Except & Audience.Thousands) == Audience.Nobody);
        board.Leave("512"); // the others of its client, still to be told, are hundreds from here on
        board.Join("new", "new", null, -1, new ClientKey(3, 3));
        stream.Report("node", board.Here());
        var told = Audience.Nobody;
        for (var second = 0; second < 60; second++)
        {
            foreach (var frame in follower.Take()) told |= Audience.Everybody & ~frame.Except;
            Time.Advance(Second);
        }

        Assert.True(told.HasFlag(Audience.Hundreds));
    }

    [Fact]
    public void A_node_that_does_not_know_yet_that_listeners_are_named_takes_nobody_away()
    {
        var stream = NewStream();
        stream.Begin(new StreamSettings(stream.Name, true, TimeToLive.Default) { Keep = Retention.None });
        using var follower = new FeedFollower(stream.Feed);
        Report(1, "ann", "bob");
        Report(2);
        Assert.Equal(["ann", "bob"], stream.GetPresence().Listeners!);
        Assert.DoesNotContain(follower.Take(), frame => Encoding.UTF8.GetString(frame.Bytes).Contains("\"left\"", StringComparison.Ordinal));
        Report(3, "ann");
        Assert.Single(follower.Take(), frame => Encoding.UTF8.GetString(frame.Bytes).Contains("\"left\"", StringComparison.Ordinal));

        void Report(int number, params string[] listeners) => stream.Report("node",
            new NodePresence(new Presence(2, []) { Listeners = listeners is [] ? null : listeners }, Number: number));
    }

    [Fact]
    public void A_stream_that_is_let_go_of_leaves_no_timer()
    {
        var stream = NewStream();
        Join(stream);
        Join(stream);
        Assert.Equal(1, Time.ActiveTimers);
        stream.Dispose();
        Assert.Equal(0, Time.ActiveTimers);
    }

    [Fact]
    public void A_seat_takes_two_listeners_wherever_they_are()
    {
        var (stream, seats) = (NewStream(), Seats.New());
        stream.Begin(Settings(10, isPrivate: true), seats);
        var first = new StreamAddress(Name, seats.First);
        stream.Admit("node", seats.First);
        stream.CheckJoin(first);
        Join(stream, seat: seats.First);
        Assert.Equal("seat", Refused(Refusal.Busy, () => stream.CheckJoin(first)).Parameter);
        Refused(Refusal.Busy, () => stream.Admit("node", seats.First));
        Refused(Refusal.Busy, () => Join(stream, seat: seats.First));
        Assert.Equal(1, stream.GetPresence(seats.First).Observers);
        stream.Admit("node", seats.Second);
        Join(stream, seat: seats.Second);
        Refused(Refusal.Busy, () => stream.Admit("node", seats.Second));
    }

    [Fact]
    public void Without_a_seat_in_a_pipe_nothing_is_told_or_admitted()
    {
        var (stream, seats) = (NewStream(), Seats.New());
        stream.Begin(Settings(10, isPrivate: true), seats);
        foreach (var seat in new[] { null, "", "guess" })
        {
            Refused(Refusal.NotYours, () => stream.GetPresence(seat));
            Refused(Refusal.NotYours, () => stream.CheckJoin(new StreamAddress(Name, seat)));
            Refused(Refusal.NotYours, () => stream.Admit("node", seat));
            Refused(Refusal.NotYours, () => stream.Check(seat));
            Refused(Refusal.NotYours, () => stream.Find(Guid.NewGuid(), seat));
            Assert.Equal("seat", Refused(Refusal.NotYours, () => Join(stream, seat: seat)).Parameter);
        }

        stream.Check(seats.First);
        Assert.Equal(0, stream.GetPresence(seats.First).Observers);
    }

    [Fact]
    public void Any_number_listens_to_a_stream_that_is_no_pipe()
    {
        var stream = NewStream("hello");
        for (var i = 0; i < 5; i++)
        {
            stream.Admit("node", null); // counted by that node's reports alone
            stream.CheckJoin(stream.Name);
            Join(stream);
        }

        Assert.Equal(5, stream.GetPresence().Observers);
    }

    [Fact]
    public void A_name_is_unused_when_no_stream_has_it_and_nobody_listens()
    {
        var stream = NewStream();
        Assert.True(stream.IsUnused);
        var reader = Join(stream);
        Assert.False(stream.IsUnused);
        Post(stream, "hello");
        stream.Leave(reader.Session);
        Assert.False(stream.IsUnused);
        Time.Advance(TimeSpan.FromSeconds(1024));
        stream.ExpireIfDue();
        Assert.True(stream.IsUnused);
    }

    [Fact]
    public void A_pipe_that_has_ended_is_closed_and_unused_whoever_still_listens()
    {
        var (stream, seats) = (NewStream(), Seats.New());
        stream.Begin(Settings(10, isPrivate: true), seats);
        Join(stream, seat: seats.First);
        Assert.False(stream.IsClosed || stream.IsUnused);
        Time.Advance(TimeSpan.FromSeconds(10));
        stream.ExpireIfDue();
        Assert.True(stream.IsClosed && stream.IsUnused);
    }

    private static ClientKey Client(int number) => new((ulong)number, (ulong)number);

    private static FeedReader Join(MessageStream stream, string? user = null, string? seat = null, ClientKey client = default)
    {
        var reader = new FeedReader(Secret.New(), [stream.Name], _ => ValueTask.CompletedTask) { Client = client };
        stream.Join(reader, new StreamAddress(stream.Name, seat), user is null ? null : UserLabel.Parse(user), null);
        return reader;
    }

    /// <summary>One of the longest labels.</summary>
    private static string Label(int number) => string.Concat(Enumerable.Repeat("\U0001F600", 29)) + $"{number:000}";

    private static string Read(FeedReader reader)
    {
        var output = new ArrayBufferWriter<byte>();
        reader.Read(output, int.MaxValue);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static int Announced(FeedFollower follower) => follower.Take().Length;

    private void AssertAnnounced(FeedFollower follower, int times)
    {
        Assert.Equal(times, Announced(follower));
        Time.Advance(2 * Second);
        Assert.Equal(0, Announced(follower));
    }
}
