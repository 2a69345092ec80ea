using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Tests.Limits;

/// <summary>What a node may hold, to the last one and not beyond.</summary>
public sealed class CapacityTests
{
    private const long Budget = 1024 * 1024;
    private const int ConnectionCost = 16 * 1024;
    private const int FewConnections = 1024;

    private readonly Capacity _capacity = new(new CapacityOptions { MaxStreams = 2, MaxListeners = 1, MaxMemoryMegabytes = 1 });

    [Fact]
    public void The_last_stream_that_fits_is_taken_and_the_next_refused()
    {
        _capacity.AddStream();
        _capacity.AddStream();
        Assert.Contains("streams", Refused(_capacity.AddStream));
        Assert.Equal(2, _capacity.Streams);
        _capacity.RemoveStream();
        _capacity.AddStream();
        Assert.Equal((2, 0, 0), (_capacity.Streams, _capacity.Listeners, _capacity.Bytes));
    }

    [Fact]
    public void The_last_listener_that_fits_is_taken_and_the_next_refused()
    {
        var first = _capacity.AddListener(1);
        Assert.Contains("listeners", Refused(() => _capacity.AddListener(1)));
        Assert.Equal(1, _capacity.Listeners);
        first.Dispose();
        first.Dispose(); // the same one is not taken off twice
        Assert.Equal((0, 0, 0), (_capacity.Streams, _capacity.Listeners, _capacity.Bytes));
        _capacity.AddListener(1);
        Assert.Equal((0, 1, 20 * 1024), (_capacity.Streams, _capacity.Listeners, _capacity.Bytes));
    }

    [Fact]
    public void A_listener_takes_what_its_request_takes_too()
    {
        var place = _capacity.AddListener(1, requestBytes: 30_000);
        Assert.Equal((20 * 1024) + 30_000, _capacity.Bytes);
        place.Dispose();
        Assert.Equal(0, _capacity.Bytes);
        Assert.Contains("listeners", Refused(() => _capacity.AddListener(1, requestBytes: Budget)));
        Assert.Equal((0, 0), (_capacity.Listeners, _capacity.Bytes));
    }

    [Fact]
    public void The_last_connection_that_fits_is_taken_and_the_next_refused_and_counts_to_nobody_as_memory()
    {
        var capacity = new Capacity(new CapacityOptions { MaxConnections = 2 });
        var first = capacity.AddConnection(default);
        Assert.NotNull(capacity.AddConnection(default));
        Assert.Null(capacity.AddConnection(default));
        first!.Dispose();
        Assert.Null(capacity.AddConnection(default, most: 1));
        Assert.NotNull(capacity.AddConnection(default, most: 3)); // what the process can have, and what it may
        Assert.Null(capacity.AddConnection(default, most: 3));
        Assert.Equal((2, 0), (capacity.Connections, capacity.Bytes));
    }

    [Fact]
    public void Connections_beside_listeners_take_half_of_the_memory_at_most_and_messages_the_rest()
    {
        var capacity = new Capacity(new CapacityOptions { MaxMemoryMegabytes = 1 });
        var open = new List<Place>();
        while (capacity.AddConnection(default) is { } connection) open.Add(connection);
        Assert.Equal(FewConnections + (Budget / 2 / ConnectionCost), open.Count);
        Assert.Contains("memory", Refused(() => capacity.AddBytes((Budget / 2) + 1)));
        capacity.AddBytes(Budget / 2);
        open[0].Dispose();
        capacity.AddBytes(ConnectionCost);
        Refused(() => capacity.AddBytes(1));
    }

    [Fact]
    public void The_connection_of_listeners_is_part_of_what_they_count()
    {
        var capacity = new Capacity(new CapacityOptions { MaxMemoryMegabytes = 1 });
        var heard = capacity.AddConnection(default)!;
        for (var i = 1; i < FewConnections + (Budget / 2 / ConnectionCost); i++) Assert.NotNull(capacity.AddConnection(default));
        Assert.Null(capacity.AddConnection(default));
        capacity.AddListener(1);
        Assert.Null(capacity.AddConnection(default)); // it may have come by a connection that is not counted, a proxy's
        heard.ChangeListeners(1);
        heard.ChangeListeners(1); // over HTTP/2
        heard.ChangeListeners(-1);
        Assert.NotNull(capacity.AddConnection(default));
        Assert.Null(capacity.AddConnection(default));
        capacity.AddBytes((Budget / 2) - (20 * 1024));
        Refused(() => capacity.AddBytes(1));
    }

    [Fact]
    public void However_many_are_connected_or_listen_messages_have_an_eighth()
    {
        var capacity = new Capacity(new CapacityOptions { MaxMemoryMegabytes = 1 });
        var open = new Queue<Place>();
        while (Connect() is { } connection) open.Enqueue(connection); // as many as there may be

        for (; ; )
        {
            try
            {
                capacity.AddListener(1);
            }
            catch (StreamRefusedException)
            {
                break;
            }

            open.Dequeue().ChangeListeners(1);
            Assert.NotNull(Connect()); // the next one's
        }

        Assert.Equal(19, capacity.Listeners); // 3/8 of the memory
        capacity.AddBytes(Budget / 8);

        Place? Connect() // as each client has one, none of them gives way
        {
            var client = new ClientKey((ulong)capacity.Connections + 1, (ulong)capacity.Connections + 1);
            return capacity.AddConnection(client);
        }
    }

    [Fact]
    public void Half_of_the_memory_is_left_for_others_when_listeners_go_and_their_connections_stay()
    {
        const long Large = 16 * Budget;
        var capacity = new Capacity(new CapacityOptions { MaxMemoryMegabytes = 16 });
        capacity.AddBytes(2 * Budget); // somebody's messages
        var (heard, listeners) = (new List<Place>(), new List<Place>());
        for (var i = 0; i < 700; i++)
        {
            var connection = capacity.AddConnection(default)!;
            connection.ChangeListeners(1);
            heard.Add(connection);
            listeners.Add(capacity.AddListener(1));
        }

        while (capacity.AddConnection(default) is not null)
        {
            // as many as there may be
        }

        foreach (var listener in listeners) listener.Dispose();
        foreach (var connection in heard) connection.ChangeListeners(-1);
        capacity.AddBytes(Large / 4);
        Assert.False(capacity.IsFullForListeners);
        capacity.AddListener(1);
    }

    [Fact]
    public void Connections_of_whoever_has_most_give_way_the_youngest_first_and_its_streams_and_listeners_stay()
    {
        var capacity = new Capacity(new CapacityOptions { MaxConnections = 4 });
        var (loud, quiet) = (new ClientKey(1, 1), new ClientKey(2, 2));
        var listener = capacity.AddListener(1, loud);
        var (open, closed) = (new List<Place>(), 0);
        for (var i = 0; i < 4; i++) open.Add(capacity.AddConnection(loud)!);
        for (var i = 0; i < 4; i++) open[i].OnDismissed(() => Interlocked.Increment(ref closed));
        Assert.NotNull(capacity.AddConnection(quiet));
        Assert.Equal((3, 1), (capacity.Shares.Held(loud, Resource.Connections), capacity.Shares.Held(quiet, Resource.Connections)));
        SpinWait.SpinUntil(() => Volatile.Read(ref closed) == 1, TimeSpan.FromSeconds(10));
        Assert.NotNull(capacity.AddConnection(quiet));
        Assert.Null(capacity.AddConnection(quiet)); // not more than twice as many
        Assert.Equal((1, 1), (capacity.Listeners, capacity.Shares.Held(loud, Resource.Listeners)));
        foreach (var place in open) place.Dispose();
        listener.Dispose();
        Assert.Equal((2, 0), (capacity.Connections, capacity.Shares.Held(loud, Resource.Connections)));
    }

    [Fact]
    public void Listeners_have_room_where_messages_have_none_and_not_without_end()
    {
        _capacity.AddBytes(Budget);
        Assert.False(_capacity.IsFullForListeners);
        _capacity.AddListener(32).Dispose();
        _capacity.ChangeBytes((Budget / 8) - (51 * 1024) + 1);
        Assert.Contains("memory", Refused(() => _capacity.AddListener(32)));
        Assert.Equal(0, _capacity.Listeners);
        _capacity.ChangeBytes(-1);
        _capacity.AddListener(32);
        Assert.True(_capacity.ForCopies().IsFullForListeners);
    }

    [Fact]
    public void What_is_asked_of_the_count_of_copies_must_fit_with_all_the_rest()
    {
        _capacity.AddBytes(Budget);
        Assert.False(_capacity.ForCopies().TryAddBytes(1));
        Assert.Equal(Budget, _capacity.Bytes);
    }

    [Fact]
    public void The_last_byte_that_fits_is_taken_and_the_next_refused()
    {
        Assert.Contains("memory", Refused(() => _capacity.AddBytes(Budget + 1)));
        _capacity.AddBytes(Budget);
        Refused(() => _capacity.AddBytes(1));
        Assert.Equal(Budget, _capacity.Bytes);
        _capacity.ChangeBytes(-1);
        _capacity.AddBytes(1);
        Assert.Equal(Budget, _capacity.Bytes);
    }

    [Fact]
    public void What_must_be_held_is_held_beyond_the_limits()
    {
        for (var i = 0; i < 3; i++) _capacity.RestoreStream();
        _capacity.ChangeBytes(Budget * 2);
        Assert.Equal((3, Budget * 2), (_capacity.Streams, _capacity.Bytes));
        Refused(() => _capacity.AddBytes(1));
        _capacity.AddBytes(0); // nothing always fits
    }

    [Fact]
    public void Copies_count_as_streams_apart_and_as_memory_together()
    {
        var copies = _capacity.ForCopies();
        _capacity.AddStream();
        copies.RestoreStream();
        copies.ChangeBytes(Budget);
        Assert.Equal((1, 1), (_capacity.Streams, copies.Streams));
        Assert.Equal((Budget, Budget), (_capacity.Bytes, copies.Bytes));
        Refused(() => _capacity.AddBytes(1));
        copies.ChangeBytes(-Budget);
        Assert.Equal((0, 0), (_capacity.Bytes, copies.Bytes));
    }

    [Fact]
    public void By_default_a_node_holds_100000_streams_20000_listeners_and_256_megabytes()
    {
        var options = new CapacityOptions();
        Assert.Equal((100_000, 20_000, 256), (options.MaxStreams, options.MaxListeners, options.MaxMemoryMegabytes));
        Assert.Equal(25_000, options.MaxConnections);
    }

    private static string Refused(Action action)
    {
        var refused = Assert.Throws<StreamRefusedException>(action);
        Assert.Equal((Refusal.Full, null), (refused.Refusal, refused.Parameter));
        return refused.Message;
    }
}
