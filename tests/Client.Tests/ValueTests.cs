using System.Text;
using Malten.Client.Connections;

namespace Malten.Client.Tests;

/// <summary>Timestamps, cursors, and how long an event may be.</summary>
public sealed class ValueTests
{
    [Fact]
    public void A_timestamp_is_nanoseconds()
    {
        var timestamp = Timestamp.Parse("1795219513081506816");
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 0, 5, 13, TimeSpan.Zero).AddTicks(815_068), timestamp.ToDateTimeOffset());
        Assert.Equal("1795219513081506816", $"{timestamp}");
        Assert.True(Timestamp.Beginning < timestamp && timestamp > Timestamp.Beginning && timestamp >= new Timestamp(1024) && new Timestamp(1024) <= timestamp);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1.5")]
    [InlineData("9223372036854775808")]
    public void What_is_no_timestamp_is_refused(string text)
    {
        Assert.Throws<FormatException>(() => Timestamp.Parse(text));
        Assert.Throws<FormatException>(() => Cursor.Parse($"1024,{text}"));
    }

    [Fact]
    public void A_cursor_is_read_as_it_is_written()
    {
        var cursor = Cursor.Parse("1024,0,2048");
        Assert.Equal([new Timestamp(1024), Timestamp.Beginning, new Timestamp(2048)], cursor.Timestamps);
        Assert.Equal("1024,0,2048", $"{cursor}");
        Assert.Equal("0", $"{Cursor.Beginning}");
        Assert.Throws<ArgumentException>(() => new Cursor());
    }

    [Theory]
    [InlineData("data: 12345678\n\n", 14)]
    [InlineData("data: 12345678\r\n\r\n", 14)]
    [InlineData("data: 12345678\r\r", 14)]
    [InlineData("data: 12\ndata: 34\nid: 5\n\n", 23)]
    [InlineData(":\n\n", 1)]
    public async Task The_length_of_an_event_counts_up_to_its_empty_line(string one, int length)
    {
        foreach (var pieces in new[] { 1, 2, 3, 1000 })
        {
            Assert.True(await PassesAsync(string.Concat(Enumerable.Repeat(one, 50)), length + 2, pieces)); // a line end or two
            Assert.False(await PassesAsync(string.Concat(Enumerable.Repeat(one, 50)), length - 1, pieces));
        }
    }

    [Fact]
    public async Task Empty_lines_alone_are_no_event() => Assert.True(await PassesAsync(new string('\n', 1000), 2, 7));

    [Fact]
    public void What_strangers_wrote_is_printed_on_one_line_and_commands_no_terminal()
    {
        const string Text = "a\u001b[31m\r\nb\tc\u202e\u009b1m";
        var (id, at) = (Guid.NewGuid(), new Timestamp(1024));
        object[] items =
        [
            new Message { Id = id, Text = Text, Created = at, Stream = Text, User = Text }, new Command { Id = id, Prompt = Text, Created = at, Stream = Text },
            new Answering { Stream = Text, Command = id, Text = Text }, new CommandFailed { Stream = Text, Command = id, Reason = Text },
            new Signal { Stream = Text, From = Text, Text = Text }, new Dismissed(Text), new Pipe(Text, [], TimeSpan.Zero), new Gap(Text), new Expired(Text),
            new PresenceChanged(Text, new Presence(1, [new PresentUser(Text, PresenceStatus.Away)], [])), new ListenerLeft(Text, Text),
        ];
        Assert.All(items, item => Assert.DoesNotMatch("[\\p{Cc}\u202e]", $"{item}"));
        Assert.Equal("a\ufffd[31m b c\ufffd\ufffd1m: a\ufffd[31m b c\ufffd\ufffd1m", $"{items[0]}");
    }

    private static async Task<bool> PassesAsync(string events, int longest, int piece)
    {
        await using var bounded = new BoundedEventStream(new MemoryStream(Encoding.UTF8.GetBytes(events)), longest, () => { }, () => { });
        var buffer = new byte[piece];
        try
        {
            while (await bounded.ReadAsync(buffer) > 0)
            {
            }

            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
