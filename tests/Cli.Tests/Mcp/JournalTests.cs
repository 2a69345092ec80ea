using Malten.Cli.Mcp;
using Malten.Client;

namespace Malten.Cli.Tests.Mcp;

/// <summary>What an agent is given of what has come: everything once, and a word about all that is not there.</summary>
public sealed class JournalTests
{
    private const int Full = 1024;

    private readonly Journal _journal = new();

    [Fact]
    public void Notes_take_no_place_of_a_message_and_what_comes_again_is_not_new()
    {
        var messages = Enumerable.Range(1, Full).Select(i => Message($"{i}", i)).ToList();
        foreach (var message in messages) _journal.Take(message);
        _journal.Note("Something was left out.", new Timestamp(Full + 1));
        foreach (var message in messages) _journal.Take(message);
        Assert.Equal(messages.Select(message => message.Text), Texts(_journal.After(Position.Beginning, int.MaxValue, _ => true)));
        _journal.Take(Message("one more", Full + 2));
        _journal.Take(messages[0]); // it has left the journal, and is still known
        Assert.Equal(("2", "one more"), (Texts(_journal.After(Position.Beginning, 1, _ => true)).Single(), Texts(_journal.Before(null, 1)).Single()));
        Assert.Equal(Full + 2, _journal.HeardUpTo.Nanoseconds);
    }

    [Fact]
    public void It_stays_small_whatever_comes()
    {
        for (var i = 1; i <= 3 * Full; i++)
        {
            _journal.Take(Message("text", i));
            _journal.Note("one");
            _journal.Note("two");
            _journal.Note("one");
        }

        var all = _journal.After(Position.Beginning, int.MaxValue, _ => true);
        Assert.Equal(Full, all.Messages.Count);
        Assert.InRange(all.Notes.Count, 2, 128);
        Assert.Equal(["one", "two"], all.Notes[^2..]);
    }

    [Fact]
    public void Messages_of_one_date_are_all_given()
    {
        foreach (var text in (string[])["a", "b", "c"]) _journal.Take(Message(text, 1024));
        _journal.Take(Message("before all", -1024));
        var texts = new List<string>();
        for (var place = Position.Beginning; ;)
        {
            var excerpt = _journal.After(place, 1, _ => true);
            texts.AddRange(Texts(excerpt));
            if (!excerpt.HasMore) break;
            Assert.True(Position.TryParse($"{excerpt.Position}", out place));
        }

        Assert.Equal(["a", "b", "c", "before all"], texts);
    }

    [Fact]
    public void A_note_at_the_end_is_given_once()
    {
        _journal.Note("Before all.");
        _journal.Take(Message("text", 1024));
        _journal.Note("Something was left out.");
        var first = _journal.After(Position.Beginning, 10, _ => true);
        Assert.Equal(["Before all.", "Something was left out."], first.Notes);
        _journal.Give(first);
        var second = _journal.After(first.Position, 10, _ => true);
        Assert.Empty(second.Notes);
        Assert.Equal(first.Position, second.Position);
        _journal.Note("Something was left out."); // again
        Assert.Equal(["Something was left out."], _journal.After(second.Position, 10, _ => true).Notes);
    }

    [Fact]
    public void Paging_back_past_the_beginning_leads_nowhere_else()
    {
        Assert.Equal(Position.Beginning, _journal.Before(null, 10).Position);
        for (var i = 1; i <= 3; i++) _journal.Take(Message($"{i}", i * 1024));
        var last = _journal.Before(null, 2);
        Assert.Equal(["2", "3"], Texts(last));
        var first = _journal.Before(last.Passed[^1].Place, 2);
        Assert.Equal(["1"], Texts(first));
        Assert.Equal((false, "1024"), (first.HasMore, $"{first.Position}"));
        var none = _journal.Before(first.Passed[^1].Place, 2);
        Assert.Empty(none.Messages);
        Assert.Equal("1024", $"{none.Position}");
    }

    [Fact]
    public void What_is_found_out_about_a_message_is_told_to_whoever_has_been_given_it()
    {
        var (given, other) = (Message("given", 1024), Message("other", 2048));
        _journal.Take(given);
        var page = _journal.After(Position.Beginning, 10, _ => true);
        _journal.Give(page);
        _journal.Take(other);
        _journal.Update(given with { Doubt = "There are two versions." });
        _journal.Update(other with { Doubt = "Nobody has seen it yet." });
        var next = _journal.After(page.Position, 10, _ => true);
        Assert.Equal([$"About the message {given.Id}: There are two versions."], next.Notes);
        Assert.Equal("Nobody has seen it yet.", next.Messages.Single().Doubt);
        _journal.Give(next);
        _journal.Take(given with { Text = "changed" });
        _journal.Update(given);
        Assert.Equal([$"About the message {given.Id}: it fits the other messages now."], _journal.After(next.Position, 10, _ => true).Notes);
        Assert.Equal(["given", "other"], Texts(_journal.After(Position.Beginning, 10, _ => true)));
    }

    [Fact]
    public void A_place_that_another_process_gave_is_found_by_its_date()
    {
        _journal.Take(Message("one", 1024));
        _journal.Take(Message("two", 2048));
        Assert.Equal(["two"], Texts(_journal.After(new Position(new Timestamp(1024), 3), 10, _ => true)));
        Assert.Equal(["one", "two"], Texts(_journal.After(new Position(Timestamp.Beginning, 2), 10, _ => true)));
        var unknown = _journal.After(new Position(new Timestamp(512), 1), 10, _ => true);
        Assert.Equal(["one", "two"], Texts(unknown));
        Assert.Single(unknown.Notes);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1024-")]
    [InlineData("1024--1")]
    [InlineData("1024-1-1")]
    [InlineData("1024-99999999999")]
    [InlineData("yesterday")]
    public void What_is_no_position_is_refused(string text) => Assert.False(Position.TryParse(text, out _));

    [Fact]
    public void Of_many_authors_the_last_are_named()
    {
        for (var i = 1; i <= 200; i++) _journal.Take(Message("text", i) with { Author = $"author {i}" });
        var here = WhoIsThere.Of(1, _journal.Authors());
        Assert.Equal((50, 150, "author 200"), (here.Authors!.Count, here.More, here.Authors[0].Name));
        Assert.Null(WhoIsThere.Of(1, [.. _journal.Authors().Take(50)]).More);
    }

    private static Heard Message(string text, long date) => new(Guid.CreateVersion7(), new Timestamp(date), null, text, false);

    private static string[] Texts(Excerpt excerpt) => [.. excerpt.Messages.Select(message => message.Text)];
}
