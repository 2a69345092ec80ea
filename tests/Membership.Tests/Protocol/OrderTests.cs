using Malten.Membership.Protocol;
using static Malten.Membership.Tests.Protocol.Cluster;

namespace Malten.Membership.Tests.Protocol;

/// <summary>Ballots and incarnations are ordered by number, then by id.</summary>
public class OrderTests
{
    [Theory]
    [InlineData(1, 9, 2, 1)]
    [InlineData(2, 1, 2, 2)]
    public void The_lower_number_or_else_the_lower_id_comes_first(long number, byte id, long higher, byte higherId)
    {
        Assert.True(At(number, id) < At(higher, higherId) && At(number, id) <= At(higher, higherId));
        Assert.False(At(number, id) > At(higher, higherId) || At(number, id) >= At(higher, higherId));
        var (low, high) = (Life(number, id), Life(higher, higherId));
        Assert.True(low < high && low <= high);
        Assert.False(low > high || low >= high);
    }

    [Fact]
    public void Neither_of_two_equal_ones_comes_first()
    {
        var (ballot, incarnation) = (At(2), Life(2));
        Assert.True(ballot <= At(2) && ballot >= At(2) && !(ballot < At(2)) && !(ballot > At(2)));
        var same = Life(2);
        Assert.True(incarnation <= same && incarnation >= same && !(incarnation < same) && !(incarnation > same));
    }

    [Fact]
    public void A_generation_is_shown_by_its_number_and_the_start_of_its_id() =>
        Assert.Equal(
            "17-01234567",
            new Generation(17, Guid.Parse("01234567-89ab-cdef-0123-456789abcdef")).ToString());
}
