namespace Malten.Testing.Contract;

/// <summary>API.md, "GET /messages": the table, line by line.</summary>
public abstract class PagesContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    private const int Count = 40;

    [Theory]
    [InlineData("", 16, 40)] // the newest 25, oldest first
    [InlineData("last=0", 16, 40)]
    [InlineData("limit=1", 40, 40)]
    [InlineData("limit=3", 38, 40)]
    [InlineData("limit=40", 1, 40)]
    [InlineData("limit=1024", 1, 40)]
    [InlineData("direction=1&limit=3&last=0", 38, 40)]
    [InlineData("last=#10", 11, 35)] // the first 25 after T, oldest first
    [InlineData("last=#10&limit=3", 11, 13)]
    [InlineData("last=#38&limit=3", 39, 40)]
    [InlineData("last=#39", 40, 40)]
    [InlineData("last=#0&limit=2", 1, 2)] // a T before all
    [InlineData("last=1&limit=2", 1, 2)]
    [InlineData("last=#40", 1, 0)] // nothing
    [InlineData("last=9223372036854775807", 1, 0)]
    [InlineData("direction=-1", 40, 16)] // the newest 25, newest first
    [InlineData("direction=-1&last=0", 40, 16)]
    [InlineData("direction=-1&limit=3", 40, 38)]
    [InlineData("direction=-1&limit=1024", 40, 1)]
    [InlineData("direction=-1&last=#30", 29, 5)] // the nearest 25 before T, newest first
    [InlineData("direction=-1&last=#30&limit=3", 29, 27)]
    [InlineData("direction=-1&last=#2&limit=3", 1, 1)]
    [InlineData("direction=-1&last=#1", 1, 2)] // nothing
    [InlineData("direction=-1&last=1", 1, 2)]
    [InlineData("direction=-1&last=9223372036854775807&limit=2", 40, 39)]
    public async Task A_page_is(string query, int first, int last)
    {
        var stream = NewName();
        var timestamps = await PostManyAsync(stream, Count);
        if (query.Split('#') is [_, var rest] && rest.Split('&')[0] is var number)
            query = query.Replace(
                '#' + number, $"{(number == "0" ? timestamps[0] - 1024 : timestamps[int.Parse(number, null) - 1])}", StringComparison.Ordinal);
        var step = query.Contains("direction=-1", StringComparison.Ordinal) ? -1 : 1;
        var expected = Enumerable.Range(0, Math.Max(0, ((last - first) * step) + 1)).Select(i => $"{first + (i * step)}");
        Assert.Equal(expected, await ReadAsync(stream, query));
    }

    [Theory]
    [InlineData("limit=1024", 0, 1)]
    [InlineData("limit=25", 15, 1)]
    [InlineData("limit=1024&last=1", 0, 1)]
    [InlineData("limit=1024&direction=-1", 39, -1)]
    [InlineData("limit=25&direction=-1", 39, -1)]
    public async Task A_page_of_long_messages_is_whole(string query, int first, int step)
    {
        var stream = NewName();
        var emoji = string.Concat(Enumerable.Repeat("😀", 1020)); // 12 bytes each, as JSON
        await PostAsync(stream, [.. Enumerable.Range(0, Count).Select(number => $"{number} {emoji}")]);
        var limit = query.Contains("limit=25", StringComparison.Ordinal) ? 25 : Count;
        var numbers = (await ReadAsync(stream, query)).Select(text => int.Parse(text.Split(' ')[0], null));
        Assert.Equal(Enumerable.Range(0, limit).Select(i => first + (i * step)), numbers);
    }

    [Fact]
    public async Task A_timestamp_between_two_messages_divides_them()
    {
        var stream = NewName();
        var timestamps = await PostManyAsync(stream, 3);
        Assert.Equal(["2", "3"], await ReadAsync(stream, $"last={timestamps[1] - 1}"));
        Assert.Equal(["3"], await ReadAsync(stream, $"last={timestamps[1] + 1}"));
        Assert.Equal(["1"], await ReadAsync(stream, $"direction=-1&last={timestamps[1] - 1}"));
        Assert.Equal(["2", "1"], await ReadAsync(stream, $"direction=-1&last={timestamps[1] + 1}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("limit=5&direction=-1")]
    [InlineData("last=1")]
    [InlineData("last=1&direction=-1")]
    public async Task An_unknown_stream_is_an_empty_array(string query)
    {
        var answer = (await Api.GetAsync($"/messages?stream={NewName()}&{query}")).Ok();
        Assert.Equal("[]", answer.GetRawText());
    }

    [Fact]
    public async Task A_stream_without_messages_is_an_empty_array()
    {
        var stream = NewName();
        (await Api.PostAsync("/streams", ("stream", stream))).Created();
        Assert.Equal("[]", (await Api.GetAsync($"/messages?stream={stream}")).Ok().GetRawText());
    }

    [Fact]
    public async Task One_message_is_an_array_too()
    {
        var stream = NewName();
        await PostAsync(stream, "a");
        Assert.Equal(1, (await Api.GetAsync($"/messages?stream={stream}&limit=1")).Ok().GetArrayLength());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Page_by_page_everything_comes_once(int direction)
    {
        var stream = NewName();
        var timestamps = await PostManyAsync(stream, Count);
        var seen = new List<string>();
        var last = direction == 1 ? timestamps[0] - 1 : timestamps[^1] + 1;
        while (true)
        {
            var page = (await Api.GetAsync($"/messages?stream={stream}&limit=7&direction={direction}&last={last}")).Ok();
            if (page.GetArrayLength() == 0) break;
            seen.AddRange(Texts(page));
            last = page[page.GetArrayLength() - 1].GetProperty("Created").GetInt64();
        }

        var all = Enumerable.Range(1, Count).Select(number => $"{number}");
        Assert.Equal(direction == 1 ? all : all.Reverse(), seen);
    }
}
