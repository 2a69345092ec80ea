using Malten.Membership.Protocol;
using static Malten.Membership.Tests.Protocol.Cluster;

namespace Malten.Membership.Tests.Protocol;

public class QuorumsTests
{
    private readonly Reply[] _granted =
        [Grant(State(0, This)), Grant(State(1, This)), Grant(State(2, This))];

    [Fact]
    public void Enough_replies_that_grant_the_request_are_a_quorum()
    {
        Assert.Equal(_granted[..2], Quorums.Find(_granted[..2], 2)!);
        Assert.Equal(_granted, Quorums.Find(_granted, 2)!);
        Assert.Null(Quorums.Find(_granted[..1], 2));
    }

    [Fact]
    public void Refusals_do_not_count()
    {
        var refusal = Refuse(State(1, This));
        Assert.Null(Quorums.Find([_granted[0], refusal], 2));
        Assert.Equal([_granted[0], _granted[2]], Quorums.Find([_granted[0], refusal, _granted[2]], 2)!);
    }

    [Fact]
    public void Replies_of_one_generation_count_together_whichever_came_first()
    {
        var other = Grant(State(0, Other));
        Assert.Null(Quorums.Find([other, _granted[1]], 2));
        Assert.Equal(_granted[1..], Quorums.Find([other, _granted[1], _granted[2]], 2)!);
    }

    [Fact]
    public void A_reply_of_an_incarnation_known_to_be_over_does_not_count()
    {
        var knows = Grant(State(1, This) with { Known = [Life(2), default, default] });
        Assert.Null(Quorums.Find([_granted[0], knows], 2));
        Assert.Equal([knows, _granted[2]], Quorums.Find([_granted[0], knows, _granted[2]], 2)!);
    }

    [Fact]
    public void A_reply_of_the_newest_known_incarnation_counts()
    {
        var knows = Grant(State(1, This) with { Known = [Life(1, 10), default, default] });
        Assert.NotNull(Quorums.Find([_granted[0], knows], 2));
    }

    [Fact]
    public void What_is_known_in_another_generation_does_not_matter()
    {
        var elsewhere = Grant(State(2, Other) with { Known = [Life(9), Life(9), default] });
        Assert.Equal(_granted[..2], Quorums.Find([_granted[0], _granted[1], elsewhere], 2)!);
    }
}
