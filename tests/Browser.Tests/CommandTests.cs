using System.Diagnostics.CodeAnalysis;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Values;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Browser.Tests;

/// <summary>Asking ChatGPT from the page.</summary>
public sealed class CommandTests(Chromium chromium) : PageTest(chromium)
{
    private readonly Responder _responder = new();

    public override async ValueTask InitializeAsync() => Node = await TestNode.StartAsync(
        services: services => services.AddSingleton<ICommandResponder>(_responder));

    [Fact]
    public async Task A_question_is_answered_and_the_answer_is_marked()
    {
        await Node.PostAsync("ask", "I only pretend to be it", "malten");
        var page = await OpenAsync("#ask");
        await page.FillAsync("#box", "/");
        await Expect(page.Locator("#hint")).ToContainTextAsync("asks ChatGPT");
        await ListensAsync(page);
        await SayAsync(page, "/malten what is malt?");
        await Expect(page.Locator("#activity")).ToHaveTextAsync("ChatGPT is writing an answer…");
        await _responder.AnswerAsync("Sprouted grain.");
        await Expect(page.Locator(".message.answer .text")).ToHaveTextAsync(["Sprouted grain."]);
        await Expect(page.Locator(".message.answer .badge")).ToHaveTextAsync("ChatGPT answer");
        await Expect(page.Locator("#activity")).ToBeEmptyAsync();
        await Expect(page.Locator(".message").First.Locator(".badge")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_answer_grows_and_gives_way_to_its_messages()
    {
        var page = await OpenAsync("#grow");
        await ListensAsync(page);
        await SayAsync(page, "/malten what is malt?");
        await Expect(page.Locator("#activity")).Not.ToBeEmptyAsync();
        await Expect(page.Locator("#growing")).ToBeHiddenAsync();
        await _responder.GrowAsync("Sprouted <b>and");
        await Expect(page.Locator("#growing")).ToHaveTextAsync("Sprouted <b>and");
        await _responder.GrowAsync(string.Join('\n', Enumerable.Repeat("Sprouted <b>and dried</b>", 200)));
        await Expect(page.Locator("#growing")).ToContainTextAsync("dried");
        var box = await page.Locator("#growing").BoundingBoxAsync();
        Assert.InRange(box!.Height, 40, page.ViewportSize!.Height / 3.0); // its end is seen, and the stream too
        await Expect(page.Locator(".message.answer")).ToHaveCountAsync(0);
        await _responder.AnswerAsync("Sprouted and dried grain.");
        await Expect(page.Locator(".message.answer .text")).ToHaveTextAsync(["Sprouted and dried grain."]);
        await Expect(page.Locator("#growing")).ToBeEmptyAsync();
        await Expect(page.Locator("#activity")).ToBeEmptyAsync();
    }

    [Fact]
    public async Task What_has_grown_goes_with_a_failure_and_with_the_stream()
    {
        var page = await OpenAsync("#half");
        await ListensAsync(page);
        await SayAsync(page, "/malten anybody?");
        await _responder.GrowAsync("Half of");
        await Expect(page.Locator("#growing")).ToHaveTextAsync("Half of");
        await _responder.FailAsync("It broke off.");
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("It broke off.");
        await Expect(page.Locator("#growing")).ToBeEmptyAsync();
        await _responder.GrowAsync("Half of");
        await Expect(page.Locator("#growing")).ToHaveTextAsync("Half of");
        await page.EvaluateAsync("location.hash = '#elsewhere'");
        await Expect(page.Locator("#growing")).ToBeEmptyAsync();
    }

    [Fact]
    public async Task What_fails_while_the_connection_is_lost_is_no_longer_being_written()
    {
        var page = await OpenAsync("#lost");
        await ListensAsync(page);
        await SayAsync(page, "/malten anybody?");
        await _responder.GrowAsync("Half of");
        await Expect(page.Locator("#growing")).ToHaveTextAsync("Half of");
        var isAway = true;
        Node.Instead = context =>
        {
            if (isAway) context.Abort();
            return isAway;
        };
        Node.CutEvents();
        await Expect(page.Locator("#status")).ToContainTextAsync("Connection lost");
        await _responder.FailAsync("It broke off.");
        isAway = false;
        await Expect(page.Locator("#status")).ToBeEmptyAsync();
        await Expect(page.Locator("#growing")).ToBeEmptyAsync();
        await Expect(page.Locator("#activity")).ToBeEmptyAsync();
    }

    [Fact]
    public async Task Links_in_an_answer_are_text_and_those_of_people_are_links()
    {
        const string text = "See https://example.org/ and #other.";
        var page = await OpenAsync("#links");
        await ListensAsync(page);
        await SayAsync(page, "/malten where?");
        await _responder.GrowAsync(text);
        await Expect(page.Locator("#growing")).ToHaveTextAsync(text);
        await Expect(page.Locator("#growing a")).ToHaveCountAsync(0);
        await _responder.AnswerAsync(text);
        await Expect(page.Locator(".message.answer .text")).ToHaveTextAsync([text]);
        await Expect(page.Locator(".message.answer a")).ToHaveCountAsync(0);
        await Node.PostAsync("links", text, "malten");
        await Expect(page.Locator(".message:not(.answer) .text a")).ToHaveCountAsync(2);
        await page.ReloadAsync();
        await Expect(page.Locator(".message:not(.answer) .text a")).ToHaveCountAsync(2);
        await Expect(page.Locator(".message.answer a")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_failure_is_a_line()
    {
        var page = await OpenAsync("#fail");
        await ListensAsync(page);
        await SayAsync(page, "/malten anybody?");
        await Expect(page.Locator("#activity")).Not.ToBeEmptyAsync();
        await _responder.FailAsync("It is too busy.");
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("It is too busy.");
        await Expect(page.Locator("#activity")).ToBeEmptyAsync();
    }

    [Fact]
    public async Task In_an_encrypted_stream_the_page_asks_first()
    {
        var page = await OpenAsync("#/e/label/4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMr4MkSJ", name: "Ann Secretive");
        await ListensAsync(page);
        await page.FillAsync("#box", "/malten is this private?");
        await page.PressAsync("#box", "Enter");
        await Expect(page.Locator("#ask")).ToContainTextAsync("unencrypted");
        await page.ClickAsync("#ask-no");
        await Expect(page.Locator("#box")).ToHaveValueAsync("/malten is this private?");
        Assert.DoesNotContain(Node.Received, request => request.Contains("is this private", StringComparison.Ordinal));
        await page.PressAsync("#box", "Enter");
        await Expect(page.Locator("#ask")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#box")).ToHaveValueAsync("/malten is this private?");
        await page.PressAsync("#box", "Enter");
        await page.ClickAsync("#ask-yes");
        await Expect(page.Locator(".message.own.clear .body .badge")).ToHaveTextAsync("not encrypted");
        await Expect(page.Locator("#activity")).ToHaveTextAsync("ChatGPT is writing an answer…");
        await _responder.AnswerAsync("No.");
        await Expect(page.Locator("#activity")).ToBeEmptyAsync();
        await Expect(page.Locator(".message.answer.clear .badge")).ToHaveTextAsync(["ChatGPT answer", "not encrypted"]);
        Assert.All(Node.Received, request => Assert.DoesNotContain("Secretive", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_a_pipe_the_page_asks_first_and_goes_on_encrypted()
    {
        var ann = await OpenAsync("");
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann));
        await PipeTests.OpenPipeAsync(bob);
        await PipeTests.CodeAsync(ann);
        await PipeTests.CodeAsync(bob);
        await ann.FillAsync("#box", "/malten hello");
        await ann.PressAsync("#box", "Enter");
        await ann.ClickAsync("#ask-yes");
        await Expect(bob.Locator(".message.clear .text")).ToHaveTextAsync(["/malten hello"]);
        await Expect(bob.Locator("#activity")).ToHaveTextAsync("ChatGPT is writing an answer…");
        await _responder.FailAsync("It is too busy.");
        await Expect(ann.Locator(".line.gap")).ToHaveTextAsync(["No answer came. The server says: “It is too busy.”"]);
        await Expect(bob.Locator(".line.gap")).ToHaveTextAsync(["No answer came. The server says: “It is too busy.”"]);
        await SayAsync(ann, "between us again");
        await Expect(bob.Locator(".message.sealed .text")).ToHaveTextAsync(["between us again"]);
        await Expect(bob.Locator(".message.sealed .note")).ToHaveCountAsync(0);
    }

    private sealed class Responder : ICommandResponder
    {
        private readonly TaskCompletionSource<(Command Command, IStreamBroker Broker)> _asked = new();

        public bool TryReserve(StreamName stream, ClientKey client, [NotNullWhen(false)] out StreamRefusedException? refusal)
        {
            refusal = null;
            return true;
        }

        public void Release(StreamName stream, ClientKey client)
        {
        }

        public void Answer(Command command, IStreamBroker broker)
        {
            _ = Announce(command, broker, new Notice { Name = NoticeName.Answering, Stream = command.Address.Name.Value, Command = command.Id });
            _asked.TrySetResult((command, broker));
        }

        public async Task AnswerAsync(string text)
        {
            var (command, broker) = await _asked.Task;
            await broker.AppendAsync(new Draft
            {
                Address = command.Address, Text = MessageText.Parse(text), User = UserLabel.Parse("malten"), ReplyTo = command.Id,
            });
        }

        public async Task GrowAsync(string text)
        {
            var (command, broker) = await _asked.Task;
            await broker.ReportProgressAsync(command, text);
        }

        public async Task FailAsync(string reason)
        {
            var (command, broker) = await _asked.Task;
            await Announce(command, broker, new Notice
            {
                Name = NoticeName.Failed, Stream = command.Address.Name.Value, Command = command.Id, Reason = reason,
            });
        }

        private static Task Announce(Command command, IStreamBroker broker, Notice notice) =>
            broker.AnnounceAsync(command.Address.Name, notice).AsTask();
    }
}
