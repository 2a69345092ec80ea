using Malten.Client.Encryption;

namespace Malten.Client.Tests;

/// <summary>What a room tells of a server that drops, moves or repeats messages, on one visit and between two.</summary>
public sealed class RoomHistoryTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly Enc2 _format = new(new Enc2Keys(new byte[32]));
    private readonly Enc2Author _ann;
    private readonly Enc2Author _bob;
    private readonly RoomHistory _history;

    public RoomHistoryTests()
    {
        (_ann, _bob) = (new Enc2Author(_format, "ann"), new Enc2Author(_format, "bob"));
        _history = new RoomHistory(_format, "own");
        _history.Begin(isWhole: true);
    }

    [Fact]
    public void What_is_not_given_on_the_next_visit_is_withheld()
    {
        var (first, second, third) = (Write(_ann, 0), Write(_bob, 1), Write(_ann, 2));
        foreach (var message in (Message[])[first, second, third]) Assert.Equal(Findings.None, Take(message));
        _history.Begin(isWhole: false);
        Assert.Equal(Findings.None, Take(first)); // what is newer may still come
        var items = _history.Take(third, isNews: true);
        Assert.Equal(Findings.None, ((EncryptedMessage)items[0]).Findings);
        Assert.Equal((first.Id, Findings.Withheld), items[1] is FindingsChanged { Message: var one } ? (one.Id, one.Findings) : default);
    }

    [Fact]
    public void Another_date_than_before_is_noticed()
    {
        var (first, second) = (Write(_ann, 0), Write(_bob, 1));
        Take(first);
        Take(second);
        _history.Begin(isWhole: true);
        Take(second);
        Assert.Equal(Findings.Moved, Take(first with { Created = At(2) }));
    }

    [Fact]
    public void A_date_far_from_the_authors_is_noticed()
    {
        Assert.Equal(Findings.Date, Take(Write(_ann, 0) with { Created = At(121) }));
        Assert.Equal(Findings.None, Take(Write(_bob, 122)));
    }

    [Fact]
    public void Two_messages_to_which_the_server_gives_one_date_are_both_compared()
    {
        Assert.Equal(Findings.None, Take(Write(_ann, 0)));
        Assert.Equal(Findings.None, Take(Write(_bob, 0)));
        Assert.Equal(Findings.None, Take(Write(_ann, 1)));
        Assert.Equal(Findings.None, Take(Write(_bob, 1)));
    }

    [Fact]
    public void Two_keys_that_use_one_name_are_told_of_each_other()
    {
        using var other = new Enc2Author(_format, "Аnn"); // the first letter is Cyrillic
        Assert.Equal(Findings.None, Take(Write(_ann, 0)));
        var items = _history.Take(Write(other, 1), isNews: true);
        Assert.Equal([Findings.Namesake, Findings.Namesake],
            items.Select(item => item is EncryptedMessage message ? message.Findings : ((FindingsChanged)item).Message.Findings));
    }

    [Fact]
    public void The_beginning_of_an_author_that_is_not_held_has_faded_unless_more_may_be_gone()
    {
        Write(_ann, 0);
        Assert.Equal(Findings.Faded, Take(Write(_ann, 1)));
        _history.Fade();
        Write(_bob, 2);
        Assert.Equal(Findings.None, Take(Write(_bob, 3)));
    }

    [Fact]
    public void What_came_before_a_gap_is_not_named_as_read()
    {
        Take(Write(_ann, 0));
        Assert.Single(_history.Heads());
        _history.Fade();
        Assert.Empty(_history.Heads());
        Take(Write(_bob, 1));
        Assert.Single(_history.Heads());
    }

    [Fact]
    public void Up_to_four_authors_are_named_the_last_first()
    {
        var authors = Enumerable.Range(0, 6).Select(i => new Enc2Author(_format, $"{i}")).ToList();
        foreach (var (i, author) in authors.Index()) Take(Write(author, i));
        Assert.Equal(4, _history.Heads().Count);
        authors.ForEach(author => author.Dispose());
    }

    public void Dispose()
    {
        _ann.Dispose();
        _bob.Dispose();
    }

    private static Timestamp At(int second) => new((Start.ToUnixTimeMilliseconds() + (second * 1000L)) * 1_000_000 / 1024 * 1024);

    private Message Write(Enc2Author author, int second)
    {
        var id = Guid.NewGuid();
        var text = author.Seal(id, Start.AddSeconds(second), $"{second}", _history.Heads());
        return new Message { Id = id, Text = text, Created = At(second), Stream = "s" };
    }

    private Findings Take(Message message) => ((EncryptedMessage)_history.Take(message, isNews: true)[0]).Findings;
}
