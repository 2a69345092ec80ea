using System.Text;
using System.Text.Json;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Streams.Tests.Values;

/// <summary>The moment of a message.</summary>
public sealed class TimestampTests
{
    private static readonly Timestamp Early = new(1024);
    private static readonly Timestamp Late = new(2048);

    [Fact]
    public void Now_is_the_clock_rounded_down_to_a_multiple_of_1024()
    {
        var time = new FakeTime(DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(1234)); // 123,400 ns
        Assert.Equal(new Timestamp(122_880), Timestamp.Now(time));
        Assert.Equal(Timestamp.None, Timestamp.Now(new FakeTime(DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(10))));
    }

    [Fact]
    public void The_next_is_one_step_on_when_the_clock_has_not_passed_the_last()
    {
        var time = new FakeTime();
        var now = Timestamp.Now(time);
        Assert.Equal(now, Timestamp.After(now.Previous, time));
        Assert.Equal(now.Nanoseconds + 1024, Timestamp.After(now, time).Nanoseconds);
        var ahead = new Timestamp(now.Nanoseconds + (1024 * 100));
        Assert.Equal(ahead, Timestamp.After(ahead, time).Previous);
    }

    [Fact]
    public void Timestamps_compare_by_their_moment()
    {
        var same = new Timestamp(1024);
        Assert.True(Late > Early && !(Early > Late) && !(Early > same));
        Assert.True(Early < Late && !(Late < Early) && !(Early < same));
        Assert.True(Late >= Early && Early >= same && !(Early >= Late));
        Assert.True(Early <= Late && Early <= same && !(Late <= Early));
        Assert.Equal((Late, Late), (Timestamp.Max(Early, Late), Timestamp.Max(Late, Early)));
        Assert.True(Early.CompareTo(Late) < 0 && Late.CompareTo(Early) > 0 && Early.CompareTo(same) == 0);
    }

    [Fact]
    public void None_is_zero_and_older_than_any_message()
    {
        Assert.True(Timestamp.None.IsNone && default(Timestamp).IsNone && new Timestamp(0).IsNone);
        Assert.False(Early.IsNone);
        Assert.True(Timestamp.None < Early);
    }

    [Fact]
    public void The_time_between_two_is_exact_to_a_tick()
    {
        Assert.Equal(TimeSpan.FromTicks(10), Late.Since(Early));
        Assert.Equal(TimeSpan.FromTicks(-10), Early.Since(Late));
        Assert.Equal(TimeSpan.FromSeconds(1), new Timestamp(1_000_000_000).Since(Timestamp.None));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1795219513081506816, "1795219513081506816")]
    [InlineData(long.MinValue, "-9223372036854775808")] // as long as one can get
    public void It_is_written_in_decimal_digits(long nanoseconds, string digits)
    {
        var timestamp = new Timestamp(nanoseconds);
        var output = new byte[Timestamp.MaxDigits];
        Assert.Equal(digits, Encoding.ASCII.GetString(output.AsSpan(0, timestamp.Format(output))));
        Assert.Equal(digits, timestamp.ToString());
        Assert.Equal(digits, JsonSerializer.Serialize(timestamp));
        Assert.Equal(timestamp, JsonSerializer.Deserialize<Timestamp>(digits));
    }
}
