using Malten.Cluster.Tests.Members;
using Malten.Grains.Settling;
using Malten.Testing;

namespace Malten.Cluster.Tests.Settling;

/// <summary>When one silo's vote is enough against another that is silent.</summary>
public sealed class SilencesTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);
    private static readonly int Looks = (int)(Silences.Longest / Interval);
    private readonly SiloAddress _silent = FakeMembership.SiloAt(1);
    private readonly SiloAddress _other = FakeMembership.SiloAt(2);
    private readonly FakeTime _time = new();
    private readonly Silences _silences;

    public SilencesTests() => _silences = new Silences(_time);

    [Fact]
    public void A_silo_that_is_silent_for_long_while_another_answers_has_been_so_for_too_long()
    {
        Assert.All(Enumerable.Range(0, Looks), _ => Assert.False(Look()));
        Assert.True(Look());
        Assert.Equal([_silent], _silences.Silent);
    }

    [Fact]
    public void One_answer_begins_it_anew()
    {
        for (var look = 0; look < Looks; look++) Look();
        _silences.End(_silent, hasAnswered: true);
        Assert.Empty(_silences.Silent);
        Assert.All(Enumerable.Range(0, Looks), _ => Assert.False(Look()));
        Assert.True(Look());
    }

    [Fact]
    public void Nobody_is_blamed_while_nobody_answers()
    {
        for (var look = 0; look < 3 * Looks; look++) Assert.False(Look(otherAnswers: false));
        Assert.All(Enumerable.Range(1, Looks - 1), _ => Assert.False(Look())); // others had no more time than it to come back
        Assert.True(Look());
    }

    [Fact]
    public void A_silo_that_was_paused_itself_blames_nobody()
    {
        Look();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.All(Enumerable.Range(0, 6), _ => Assert.False(Look()));
    }

    private bool Look(bool otherAnswers = true)
    {
        _time.Advance(Interval);
        if (otherAnswers) _silences.End(_other, hasAnswered: true);
        return _silences.IsTooLong(_silent);
    }
}
