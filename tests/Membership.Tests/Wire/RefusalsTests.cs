using System.Net;
using Malten.Membership.Seeds;
using Malten.Membership.Wire;
using Malten.Testing;

namespace Malten.Membership.Tests.Wire;

public class RefusalsTests
{
    private readonly FakeTime _time = new(DateTimeOffset.UnixEpoch);
    private readonly TestLog _log = new();
    private readonly Refusals _refusals;

    public RefusalsTests() => _refusals = new Refusals(_log, _time);

    [Fact]
    public void At_most_one_line_in_ten_seconds_is_logged_and_it_counts_the_others()
    {
        _refusals.OfPeer(new IPEndPoint(IPAddress.Loopback, 7), "too many connections");
        _refusals.OfPeer(null, "again");
        _refusals.OfSeed(new SeedAddress("a", 1), "again");
        _time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        _refusals.OfPeer(null, "again");
        _time.Advance(TimeSpan.FromTicks(1));
        _refusals.OfSeed(new SeedAddress("a", 1), "it has another list of seeds");
        _time.Advance(TimeSpan.FromSeconds(10));
        _refusals.OfPeer(null, "it speaks another protocol");
        Assert.Equal(
            [
                "Refused 127.0.0.1:7 on the register's port: too many connections. "
                    + "0 similar lines were suppressed since the last one.",
                "Cannot use seed a:1: it has another list of seeds. "
                    + "3 similar lines were suppressed since the last one.",
                "Refused (null) on the register's port: it speaks another protocol. "
                    + "0 similar lines were suppressed since the last one.",
            ],
            _log.Lines);
    }
}
