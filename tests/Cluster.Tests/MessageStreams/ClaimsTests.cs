using Malten.Grains.Commands;

namespace Malten.Cluster.Tests.MessageStreams;

/// <summary>Which silo answers each command of a stream.</summary>
public sealed class ClaimsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_two_copies_the_one_that_knows_who_answers_counts(bool knowsFirst)
    {
        var claims = new Claims();
        var known = new CommandClaim(Guid.NewGuid(), LoneGrain.Self);
        CommandClaim[] found = [known, known with { Silo = null }];
        claims.Restore(knowsFirst ? found : [found[1], found[0]]);
        Assert.Equal([known], claims.Open);
        Assert.False(claims.TryForgo(known.Command));
        Assert.True(claims.TryClaim(known.Command, LoneGrain.Self));
    }
}
