using Malten.Testing;
using Malten.Testing.Histories;
using Malten.Testing.Histories.Checking;

namespace Malten.Histories.Tests;

/// <summary>Histories as files: what is written is read again, and a file that makes no sense is refused with its reason.</summary>
public sealed class HistoryFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("malten-");
    private readonly FakeTime _time = new();

    private string File => Path.Combine(_folder.FullName, "new", "history.jsonl");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void What_is_written_is_read_again()
    {
        using (var history = new HistoryWriter(File, _time)) Tell(history);
        var events = HistoryFile.Read(File).ToList();
        Assert.Equal(
            [EventType.Info, EventType.Invoke, EventType.Info, EventType.Invoke, EventType.Ok, EventType.Invoke, EventType.Ok, EventType.Invoke,
                EventType.Fail, EventType.Invoke, EventType.Open, EventType.Heard, EventType.Gap, EventType.Expired, EventType.Ok],
            events.Select(happened => happened.Type));
        var report = Checker.Check(events);
        Assert.Equal(ViolationKind.Ended, Assert.Single(report.Violations).Kind);
        Assert.Equal((1, 1, 1, 1, 1, 1), (report.Acknowledged, report.Retries, report.Reads, report.Heard, report.Connections, report.Gaps));
        Assert.Equal(TimeSpan.FromSeconds(2), report.LongestWait);
    }

    [Fact]
    public void A_line_has_the_documented_form()
    {
        using (var history = new HistoryWriter(File, _time)) Tell(history);
        var lines = System.IO.File.ReadAllLines(File);
        Assert.Equal(
            """{"at":0,"wall":"2026-11-21T12:00:00+00:00","type":"info","kind":"fault","process":"faults","op":1""" +
            ""","reason":"node 1 is killed"}""", lines[0]);
        Assert.Equal(
            """{"at":0,"wall":"2026-11-21T12:00:00+00:00","type":"invoke","kind":"post","process":"poster","op":2""" +
            ""","stream":"s","node":1,"id":"00000000-0000-7000-8000-000000000061","text":"a"}""", lines[1]);
        Assert.Equal(
            """{"at":2000000000,"wall":"2026-11-21T12:00:02+00:00","type":"ok","kind":"post","process":"poster","op":3""" +
            ""","stream":"s","node":1""" +
            ""","id":"00000000-0000-7000-8000-000000000061","message":{"Id":"00000000-0000-7000-8000-000000000061","Created":1""" +
            ""","Text":"a"}}""", lines[4]);
    }

    [Fact]
    public void Times_are_monotonic_though_the_wall_clock_jumps()
    {
        using (var history = new HistoryWriter(File, _time))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            history.Note("before");
            _time.Correct(TimeSpan.FromMinutes(-1));
            history.Note("after");
        }

        var events = HistoryFile.Read(File).ToList();
        Assert.Equal(events[0].At, events[1].At);
        Assert.Equal(TimeSpan.FromMinutes(1), events[0].Wall - events[1].Wall);
    }

    [Theory]
    [InlineData("nonsense", "Line 2: ")]
    [InlineData("null", "Line 2: ")]
    [InlineData("""{"at":5,"type":"invoke"}""", "Line 2: ")]
    [InlineData("""{"at":5,"type":"perhaps","kind":"post","process":"p","op":2,"stream":"s"}""", "Line 2: ")]
    [InlineData("""{"at":3,"type":"ok","kind":"read","process":"p","op":1,"stream":"s","page":[]}""", "earlier")]
    [InlineData("""{"at":5,"type":"ok","kind":"read","process":"p","op":2,"stream":"s","page":[]}""", "has not begun")]
    [InlineData("""{"at":5,"type":"invoke","kind":"read","process":"p","op":1,"stream":"s","limit":1}""", "begins twice")]
    [InlineData("""{"at":5,"type":"ok","kind":"read","process":"p","op":1,"stream":"other","page":[]}""", "changes")]
    [InlineData("""{"at":5,"type":"ok","kind":"read","process":"p","op":1,"stream":"s"}""", "has no page")]
    [InlineData("""{"at":5,"type":"heard","kind":"read","process":"p","op":1,"stream":"s"}""", "is no listener")]
    [InlineData("""{"at":5,"type":"invoke","kind":"post","process":"p","op":2,"stream":"s","text":"t"}""", "has no id")]
    [InlineData("""{"at":5,"type":"invoke","kind":"listen","process":"p","op":2}""", "has no stream")]
    public void A_line_that_makes_no_sense_is_refused(string line, string reason)
    {
        const string First = """{"at":4,"type":"invoke","kind":"read","process":"p","op":1,"stream":"s","limit":25}""";
        var failure = Assert.Throws<FormatException>(() => Checker.Check(HistoryFile.Parse([First, line])));
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_listener_that_resumes_elsewhere_than_where_it_was_is_refused() => Assert.Throws<FormatException>(() => Checker.Check(
        new Story().Post('a').Post('b').Read("ab").Listen("one", "ab", breaks: true).Listen("one", "b", last: 1).Events));

    [Fact]
    public void Any_order_of_fields_and_unknown_ones_are_read() => Assert.Empty(Checker.Check(HistoryFile.Parse(
        ["", """{"kind":"fault","more":1,"process":"x","at":4,"op":9,"type":"info"}"""])).Violations);

    /// <summary>Everything that can be written.</summary>
    private void Tell(HistoryWriter history)
    {
        var message = Story.Message('a');
        history.Note("node 1 is killed");
        Begin(OperationKind.Post).Unknown("503");
        var post = Begin(OperationKind.Post);
        _time.Advance(TimeSpan.FromSeconds(2));
        post.Acknowledged(message);
        _time.Advance(TimeSpan.FromSeconds(1));
        Begin(OperationKind.Read).Answered([message]);
        Begin(OperationKind.Read).Failed("503");
        var connection = Begin(OperationKind.Listen);
        connection.Opened();
        connection.Heard(message);
        connection.HeardGap();
        connection.HeardEnd();
        connection.Closed();

        Operation Begin(OperationKind kind) => history.Invoke(new HistoryEvent
        {
            Type = EventType.Invoke, Kind = kind, Process = $"{kind}er".ToLowerInvariant(), Stream = "s", Node = 1,
            Id = kind == OperationKind.Post ? message.Id : null, Text = kind == OperationKind.Post ? "a" : null,
            Limit = kind == OperationKind.Read ? 25 : null, Last = kind == OperationKind.Listen ? 0 : null,
        });
    }
}
