using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Streams.Tests.Listeners;

/// <summary>Who listens to one stream, here and on other nodes.</summary>
public sealed class PresenceBoardTests
{
    private readonly FakeTime _time = new();
    private readonly PresenceBoard _board;

    public PresenceBoardTests() => _board = new PresenceBoard(_time);

    [Fact]
    public void Connections_are_counted_each_and_labels_named_once_with_the_liveliest_status()
    {
        Join("1", "ann");
        Join("2", "ann");
        Join("3", "bob");
        Join("4", null);
        Assert.True(_board.SetStatus("1", PresenceStatus.Typing));
        Assert.True(_board.SetStatus("3", PresenceStatus.Away));
        var presence = _board.Snapshot();
        Assert.Equal((4, 4), (presence.Observers, _board.Count));
        Assert.Equal([new("ann", PresenceStatus.Typing), new("bob", PresenceStatus.Away)], presence.Users);
    }

    [Fact]
    public void At_most_128_users_are_named()
    {
        for (var i = 0; i < 130; i++) Join($"{i}", $"user{i}");
        var presence = _board.Snapshot();
        Assert.Equal((130, 128), (presence.Observers, presence.Users.Count));
        _board.Report("node", new NodePresence(new Presence(1, [new("other", PresenceStatus.Online)]), Number: 1));
        presence = _board.Snapshot();
        Assert.Equal((131, 128), (presence.Observers, presence.Users.Count));
    }

    [Fact]
    public void Whoever_has_most_labels_and_listeners_hides_nobody_else()
    {
        for (var i = 0; i < 1000; i++) Join($"{i}", $"crowd{i}", client: new ClientKey(1, 1));
        for (var i = 0; i < 20; i++) Join($"one{i}", $"one{i}", client: new ClientKey(100UL + (ulong)i, 100UL + (ulong)i));
        var presence = _board.Snapshot(names: true);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"one{i}"), Named(presence.Users.Select(user => user.User)));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"listener one{i}"), Named(presence.Listeners!));
        var reported = _board.Here(names: true);
        Assert.Equal(StreamLimits.UsersNamed, presence.Users.Count);
        // elsewhere, where all are of one node
        var (other, few) = (new PresenceBoard(_time), Enumerable.Range(0, 20).Select(i => $"few{i}").ToList());
        other.Report("crowd", reported);
        other.Report("few", new NodePresence(new Presence(20, [.. few.Select(label => new PresentUser(label, PresenceStatus.Online))])
        {
            Listeners = [.. few],
        }, Number: 1));
        presence = other.Snapshot(names: true);
        Assert.Equal(20, presence.Users.Count(user => few.Contains(user.User)));
        Assert.Equal(20, presence.Users.Count(user => user.User.StartsWith("one", StringComparison.Ordinal)));
        Assert.Equal(20, presence.Listeners!.Count(few.Contains));

        static IEnumerable<string> Named(IEnumerable<string> all) => all.Where(one => one.Contains("one", StringComparison.Ordinal));
    }

    [Fact]
    public void The_labels_of_one_client_take_16_KiB_where_others_listen_and_all_places_where_nobody_else_does()
    {
        for (var i = 0; i < 200; i++) Join($"{i}", string.Concat(Enumerable.Repeat("\U0001F600", 29)) + $"{i:000}", client: new ClientKey(1, 1));
        Assert.Equal(StreamLimits.UsersNamed, _board.Snapshot().Users.Count);
        Join("one", null, client: new ClientKey(2, 2));
        Assert.Equal(42, _board.Snapshot().Users.Count); // 391 bytes each
        Assert.Equal(201, _board.Snapshot().Observers);
        _board.Leave("one");
        Assert.Equal(StreamLimits.UsersNamed, _board.Snapshot().Users.Count);
        _board.Report("node", new NodePresence(new Presence(1, []), Number: 1));
        Assert.Equal(42, _board.Snapshot().Users.Count);
    }

    [Fact]
    public void Listeners_are_counted_by_how_many_their_clients_and_networks_have()
    {
        var board = _board;
        var crowds = new[] { (8, Audience.Few), (9, Audience.Dozens), (64, Audience.Dozens), (65, Audience.Hundreds), (513, Audience.Thousands) };
        foreach (var (count, _) in crowds)
            for (var i = 0; i < count; i++)
                Assert.Equal(Audiences.Of(i + 1), Join($"{count} {i}", null, client: new ClientKey((ulong)count, (ulong)count)).Audience);
        for (var i = 0; i < 100; i++) Join($"network {i}", null, client: new ClientKey(10_000UL + (ulong)i, 5)); // weighs as 12
        for (var i = 0; i < 20; i++) Join($"nobody {i}", null);
        foreach (var audience in Audiences.All)
        {
            var expected = crowds.Where(crowd => crowd.Item2 == audience).Sum(crowd => crowd.Item1)
                + (audience == Audience.Few ? 20 : audience == Audience.Dozens ? 100 : 0);
            Assert.Equal(expected, board.CountIn(audience));
        }

        Assert.Equal(Audience.Everybody, board.Audience);
        var elsewhere = new PresenceBoard(_time);
        elsewhere.Report("node", board.Here());
        Assert.All(Audiences.All, audience => Assert.Equal(board.CountIn(audience), elsewhere.CountIn(audience)));
        for (var i = 0; i < 50; i++) board.Leave($"network {i}");
        Assert.Equal((8 + 20 + 50, 9 + 64), (board.CountIn(Audience.Few), board.CountIn(Audience.Dozens)));
        foreach (var session in board.Sessions) board.Leave(session);
        Assert.Equal(Audience.Nobody, board.Audience);
    }

    [Fact]
    public void However_often_it_is_asked_the_listeners_are_gone_through_once_after_each_change()
    {
        for (var i = 0; i < 1000; i++) Join($"{i}", $"user{i}");
        foreach (var names in new[] { false, true })
        {
            var known = Asked(names);
            Assert.Equal(names ? 128 : null, known.Listeners?.Count);
            Changed(() => Join($"new {names}", null));
            Assert.Equal(known.Observers + 1, Asked(names).Observers);
            Changed(() => _board.SetStatus("7", names ? PresenceStatus.Away : PresenceStatus.Typing));
            Assert.Equal(names ? PresenceStatus.Away : PresenceStatus.Typing, Asked(names).Users[7].Status);
            Changed(() => _board.Report("node", new NodePresence(new Presence(names ? 7 : 6, []) { Listeners = ["x"] }, Number: names ? 2 : 1)));
            Assert.Equal(known.Observers + (names ? 2 : 7), Asked(names).Observers);
            Changed(() => _board.Leave($"new {names}"));
            Changed(() => _board.Report("gone", null), isNews: false);

            void Changed(Action change, bool isNews = true)
            {
                var before = Asked(names);
                change();
                if (isNews) Assert.NotSame(before, Asked(names));
            }
        }

        Presence Asked(bool names)
        {
            var first = _board.Snapshot(names);
            Assert.All(Enumerable.Range(0, 1000), _ => Assert.Same(first, _board.Snapshot(names)));
            return first;
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(5_000, true)]
    [InlineData(10_000, true)]
    [InlineData(5_000, false)]
    public void What_a_change_costs_whoever_asks_next_does_not_grow_with_the_crowd(int clients, bool areNamedApart)
    {
        for (var i = 0; i < 10_000; i++) Join($"{i}", areNamedApart ? $"user{i}" : "user", client: Client(i % clients));
        foreach (var names in new[] { true, false, true, false })
        {
            _board.SetStatus("7", names ? PresenceStatus.Typing : PresenceStatus.Online);
            var before = GC.GetAllocatedBytesForCurrentThread();
            _board.Snapshot(names);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 300 * 1024, $"{allocated} bytes");
        }
    }

    [Fact]
    public void The_first_of_each_client_is_named_then_the_second_of_each_with_the_liveliest_status_of_whoever_has_the_label()
    {
        foreach (var (client, user) in new[] { (1, "a1"), (1, "a2"), (1, null), (1, "a3"), (2, null), (2, "b1"), (3, "c1"), (3, "c2") })
            Join($"{client} {user}", user, client: Client(client));
        Assert.Equal(["a1", "b1", "c1", "a2", "c2", "a3"], Labels());
        Assert.Equal(["1 a1", "2 ", "3 c1", "1 a2", "2 b1", "3 c2", "1 ", "1 a3"],
            _board.Snapshot(names: true).Listeners!.Select(listener => listener["listener ".Length..]));
        _board.Leave("1 a1");
        Assert.Equal(["a2", "b1", "c1", "a3", "c2"], Labels());
        for (var i = 0; i < 1000; i++) Join($"{i}", $"user{i}", client: Client(100 + i));
        Join("last", "b1", client: Client(1));
        Assert.True(_board.SetStatus("last", PresenceStatus.Typing));
        Assert.Equal(PresenceStatus.Typing, _board.Snapshot().Users.Single(user => user.User == "b1").Status);

        IEnumerable<string> Labels() => _board.Snapshot().Users.Select(user => user.User);
    }

    [Fact]
    public void Whoever_is_named_to_other_nodes_is_named_for_as_long_as_they_listen()
    {
        for (var i = 0; i < 1030; i++) Join($"{i}", null);
        var before = _board.Here(names: true).Presence.Listeners!;
        Assert.Equal(1024, before.Count);
        _board.Leave("5");
        var between = _board.Here(names: true).Presence.Listeners!;
        Join("new", null);
        var after = _board.Here(names: true).Presence.Listeners!;
        Assert.Single(before.Except(between)); // who has left, and nobody else
        Assert.Empty(between.Except(after));
        Assert.Equal((1023, 1024), (between.Count, after.Count));
    }

    [Fact]
    public void Only_a_change_that_others_see_is_one()
    {
        Join("1", "ann");
        Join("2", null);
        Assert.False(_board.SetStatus("1", PresenceStatus.Online)); // as it is already
        Assert.False(_board.SetStatus("2", PresenceStatus.Typing)); // nobody sees a label
        Assert.False(_board.SetStatus("3", PresenceStatus.Typing));
        Assert.True(_board.Leave("1"));
        Assert.False(_board.Leave("1"));
        Assert.Equal(1, _board.Count);
    }

    [Fact]
    public void A_board_on_which_nobody_was_knows_nobody()
    {
        Assert.False(_board.Leave("1"));
        Assert.False(_board.SetStatus("1", PresenceStatus.Typing));
        Assert.False(_board.Report("node", null));
        Assert.Equal((0, 0, 0), (_board.Count, _board.CountAt(0), _board.CountAt(1)));
        Assert.Equal(0, _board.Snapshot().Observers);
    }

    [Fact]
    public void Listeners_of_a_seat_are_counted_here_and_elsewhere()
    {
        Join("1", null, seat: 0);
        Join("2", null, seat: 1);
        Join("3", null, seat: 1);
        _board.Report("node", new NodePresence(new Presence(3, []), AtFirstSeat: 2, AtSecondSeat: 1, Number: 1));
        Assert.Equal((3, 3, 6), (_board.CountAt(0), _board.CountAt(1), _board.Count));
        Assert.Equal((6, 0), (_board.Snapshot().Observers, _board.Snapshot().Users.Count));
    }

    [Fact]
    public void The_listeners_of_several_nodes_are_added_up()
    {
        _board.Report("one", new NodePresence(new Presence(2, []), AtFirstSeat: 1, AtSecondSeat: 1, Number: 1));
        _board.Report("other", new NodePresence(new Presence(1, []), AtFirstSeat: 1, Number: 1));
        _board.Admit("third", 1);
        Assert.Equal((2, 2, 3), (_board.CountAt(0), _board.CountAt(1), _board.Count));
        Assert.Equal(3, _board.Snapshot().Observers);
    }

    [Fact]
    public void Whoever_is_admitted_elsewhere_counts_until_that_nodes_next_report()
    {
        _board.Admit("node", 0);
        _board.Admit("node", 0);
        _board.Admit("node", 1);
        Assert.Equal((2, 1, 0), (_board.CountAt(0), _board.CountAt(1), _board.Count));
        Assert.True(_board.Report("node", new NodePresence(new Presence(1, []), AtFirstSeat: 1, Number: 1)));
        Assert.Equal((1, 0, 1), (_board.CountAt(0), _board.CountAt(1), _board.Count));
        _board.Admit("node", 1);
        Assert.Equal((1, 1, 1), (_board.CountAt(0), _board.CountAt(1), _board.Count));
    }

    [Fact]
    public void A_report_is_news_when_it_shows_others_something_else()
    {
        IReadOnlyList<PresentUser> ann = [new("ann", PresenceStatus.Online)];
        Assert.True(_board.Report("node", new NodePresence(new Presence(1, ann), Number: 1)));
        Assert.False(_board.Report("node", new NodePresence(new Presence(1, [.. ann]), Number: 2)));
        Assert.True(_board.Report("node", new NodePresence(new Presence(2, ann), Number: 3)));
        Assert.True(_board.Report("node", new NodePresence(new Presence(2, []), Number: 4)));
        Assert.True(_board.Report("node", null));
        Assert.False(_board.Report("node", null));
        Assert.False(_board.Report("node", new NodePresence(Presence.Nobody, Number: 5)));
        Assert.False(_board.Report("node", null)); // the node listened for somebody who was refused
    }

    [Fact]
    public void A_report_that_was_overtaken_changes_nothing()
    {
        _board.Report("node", new NodePresence(new Presence(2, []), Number: 5));
        Assert.False(_board.Report("node", new NodePresence(new Presence(1, []), Number: 4)));
        Assert.Equal(2, _board.Count);
        Assert.True(_board.Report("node", new NodePresence(new Presence(3, []), Number: 5)));
        Assert.Equal(3, _board.Count);
    }

    [Fact]
    public void Reports_are_numbered_above_all_before_them_also_by_a_board_that_is_replaced()
    {
        Join("1", "ann", seat: 0);
        _board.Report("node", new NodePresence(new Presence(7, []), Number: 1));
        var (first, second) = (_board.Here(), _board.Here());
        Assert.Equal((1, 1, 0), (first.Presence.Observers, first.AtFirstSeat, first.AtSecondSeat));
        Assert.True(second.Number > first.Number);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(new PresenceBoard(_time).Here().Number > second.Number);
    }

    private static ClientKey Client(int number) => new((ulong)number + 1, (ulong)number + 1);

    private Crowd Join(string session, string? user, int seat = -1, ClientKey client = default) =>
        _board.Join(session, $"listener {session}", user is null ? null : UserLabel.Parse(user), seat, client);
}
