using Malten.Streams.Bytes;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Streams.Tests.Bytes;

public sealed class ByteRendezvousTests
{
    private readonly FakeTime _time = new();
    private readonly ByteRendezvous _rendezvous;

    public ByteRendezvousTests() => _rendezvous = new ByteRendezvous(_time);

    [Fact]
    public async Task A_receiver_that_does_not_renew_is_forgotten()
    {
        var (lost, kept) = (new End(), new End());
        Assert.True(_rendezvous.Register(0, 0, lost, isNew: true));
        Assert.True(_rendezvous.Register(0, 1, kept, isNew: true));
        _time.Advance(ByteRendezvous.Lease / 2);
        Assert.True(_rendezvous.Register(0, 1, kept, isNew: false));
        _time.Advance(ByteRendezvous.Lease / 2);
        Assert.False(_rendezvous.FindAsync(0, 0).IsCompleted);
        Assert.Same(kept, await _rendezvous.FindAsync(0, 1));
    }

    [Fact]
    public async Task One_that_comes_cuts_off_the_one_before_which_does_not_come_back_by_itself()
    {
        var (first, second) = (new End(), new End());
        _rendezvous.Register(1, 3, first, isNew: true);
        Assert.True(_rendezvous.Register(1, 3, second, isNew: true));
        Assert.True(first.IsCut);
        Assert.False(_rendezvous.Register(1, 3, first, isNew: false));
        _rendezvous.Remove(1, 3, first.Id); // it leaves, and the other stays
        Assert.Same(second, await _rendezvous.FindAsync(1, 3));
        Assert.False(second.IsCut);
    }

    [Fact]
    public async Task Whoever_waits_finds_the_first_that_comes_at_that_seat_and_channel()
    {
        var found = _rendezvous.FindAsync(0, 5);
        _rendezvous.Register(1, 5, new End(), isNew: true);
        _rendezvous.Register(0, 4, new End(), isNew: true);
        Assert.False(found.IsCompleted);
        var end = new End();
        _rendezvous.Register(0, 5, end, isNew: true);
        Assert.Same(end, await found);
    }

    [Fact]
    public async Task At_the_end_receivers_are_cut_off_and_senders_refused()
    {
        var (end, found) = (new End(), _rendezvous.FindAsync(1, 0));
        _rendezvous.Register(0, 0, end, isNew: true);
        _rendezvous.End(new StreamRefusedException(Refusal.NotYours, "over"));
        Assert.True(end.IsCut);
        Assert.Equal(Refusal.NotYours, (await Assert.ThrowsAsync<StreamRefusedException>(() => found)).Refusal);
        Assert.Equal(0, _rendezvous.Count);
    }

    private sealed class End : IReceivingEnd
    {
        public Guid Id { get; } = Guid.NewGuid();

        public bool IsCut { get; private set; }

        public ValueTask<OfferOutcome> OfferAsync(ByteSender sender, bool more) => throw new NotSupportedException();

        public void Abandon(ByteSender sender) => throw new NotSupportedException();

        public void CutOff() => IsCut = true;
    }
}
