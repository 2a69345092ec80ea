using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Tests.Limits;

/// <summary>Connections on which nobody listens go before anything that others hold.</summary>
public sealed class IdleConnectionTests
{
    private const long Megabyte = 1024 * 1024;
    private const int Most = 1024 + 512; // of 16 MiB, half of which in connections of 16 KiB
    private const int Few = 1024 + 128;

    private static readonly ClientKey Stranger = new(1, 1);
    private static readonly ClientKey Bob = new(2, 2);

    private readonly Capacity _capacity = new(new CapacityOptions { MaxMemoryMegabytes = 16 });

    [Fact]
    public void They_may_take_half_of_the_memory_while_there_is_room()
    {
        Open(Stranger, Most);
        _capacity.AddBytes(7 * Megabyte);
        _capacity.MakeRoom(Bob, begins: false);
        Assert.Equal(Most, _capacity.IdleConnections);
    }

    [Fact]
    public void Where_room_is_short_they_go_before_messages_until_they_take_an_eighth()
    {
        Open(Stranger, Most);
        _capacity.AddBytes(8 * Megabyte);
        _capacity.MakeRoom(Bob, begins: false);
        Assert.Equal(Most - (512 / 16), _capacity.IdleConnections); // the room that is made at once, and no more
        _capacity.ChangeBytes(6 * Megabyte);
        _capacity.MakeRoom(Stranger, begins: false); // also for whoever has most of them
        Assert.Equal((Few, Few), (_capacity.IdleConnections, _capacity.Connections));
        _capacity.MakeRoom(Bob, begins: false);
        _capacity.MakeRoomForCopies();
        Assert.Equal(Few, _capacity.IdleConnections);
    }

    [Fact]
    public void Whoever_has_a_single_one_keeps_it_and_whoever_listens_too()
    {
        for (var i = 0; i < 600; i++) Open(new ClientKey((ulong)i + 10, (ulong)i + 10), 1);
        foreach (var connection in Open(Bob, 300)) connection.ChangeListeners(1); // a school
        Open(Bob, 20);
        Open(Stranger, Most - 620);
        Assert.Equal(Most, _capacity.IdleConnections);
        _capacity.ChangeBytes(15 * Megabyte);
        _capacity.MakeRoomForCopies();
        _capacity.MakeRoom(Stranger, begins: false);
        Assert.Equal(Few, _capacity.IdleConnections);
        Assert.Equal((320, 20), (Held(Bob, Resource.Connections), Held(Bob, Resource.IdleConnections)));
        Assert.Equal(Few - 620, Held(Stranger, Resource.Connections));
    }

    [Fact]
    public void Those_on_which_nobody_listens_any_more_may_go_again_and_the_last_to_go_is_one_with_a_listener()
    {
        var capacity = new Capacity(new CapacityOptions { MaxConnections = 3 });
        var (heard, other) = (capacity.AddConnection(Stranger)!, capacity.AddConnection(Stranger)!);
        heard.ChangeListeners(1);
        other.ChangeListeners(1);
        other.ChangeListeners(-1);
        var third = capacity.AddConnection(Stranger)!;
        Assert.Equal(2, capacity.IdleConnections);
        heard.Dispose();
        heard.ChangeListeners(-1); // its listener ends later than the connection
        third.ChangeListeners(1);
        Assert.Equal((2, 1), (capacity.Connections, capacity.IdleConnections));
        Open(Stranger, 1, capacity).Single().ChangeListeners(1);
        Assert.NotNull(capacity.AddConnection(Bob));
        Assert.Equal((2, 0), (capacity.Shares.Held(Stranger, Resource.Connections), capacity.Shares.Held(Stranger, Resource.IdleConnections)));
        other.Dispose(); // dismissed already
        Assert.Equal((3, 1), (capacity.Connections, capacity.IdleConnections));
    }

    [Fact]
    public void They_leave_room_for_one_more_who_listens_and_nobody_who_listens_gives_way_for_them()
    {
        for (var i = 0; i < 400; i++) _capacity.AddListener(1, new ClientKey((ulong)i + 10, (ulong)i + 10));
        var school = new ClientKey(3, 3);
        for (var i = 0; i < 50; i++) _capacity.AddListener(1, school);
        Open(Stranger, Most);
        _capacity.AddListener(1, Bob);
        Assert.Equal((50, 451), (Held(school, Resource.Listeners), _capacity.Listeners));
    }

    [Fact]
    public void Nobody_who_listens_is_dismissed_where_that_makes_no_room()
    {
        for (var i = 0; i < 400; i++) _capacity.AddListener(1, new ClientKey((ulong)i + 10, (ulong)i + 10));
        var school = new ClientKey(3, 3);
        for (var i = 0; i < 50; i++) _capacity.AddListener(1, school);
        for (var i = 0; i < Most; i++) Open(new ClientKey((ulong)i + 1000, (ulong)i + 1000), 1);
        Assert.Throws<StreamRefusedException>(() => _capacity.AddListener(1, Bob));
        Assert.Equal((50, 450), (Held(school, Resource.Listeners), _capacity.Listeners));
    }

    [Fact]
    public void When_listeners_go_and_their_connections_stay_those_of_whoever_has_most_are_closed()
    {
        var heard = Open(Stranger, 700);
        foreach (var connection in heard) connection.ChangeListeners(1);
        var bobs = Open(Bob, 20);
        Open(Stranger, Most - 20);
        foreach (var connection in heard)
        {
            connection.ChangeListeners(-1);
            Assert.InRange(_capacity.IdleConnections, 0, Most);
        }

        Assert.InRange(_capacity.Connections, Most - 10, Most); // no more than are in the way
        Assert.Equal(20, Held(Bob, Resource.Connections));
        foreach (var bob in bobs) bob.Dispose();
        Assert.Equal(0, Held(Bob, Resource.IdleConnections));
    }

    private List<Place> Open(ClientKey client, int count, Capacity? capacity = null)
    {
        var open = new List<Place>();
        while (open.Count < count) open.Add((capacity ?? _capacity).AddConnection(client)!);
        Assert.DoesNotContain(null, open);
        return open;
    }

    private long Held(ClientKey client, Resource resource) => _capacity.Shares.Held(client, resource);
}
