using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>A hostile server chooses what readers of an encrypted stream get, and the page says what it can tell from that.</summary>
public sealed class EncryptedAttackTests(Chromium chromium) : HostileStreamTest(chromium)
{
    [Fact]
    public async Task Without_tampering_nothing_is_said()
    {
        using var ann = new Enc2Author(Stream, "ann");
        using var bob = new Enc2Author(Stream, "bob");
        var one = await PostAsync(ann, "one");
        var two = await PostAsync(bob, "two", one);
        await PostAsync(ann, "three", two);
        var page = await ReadAsync(Reader.First);
        await Expect(Texts(page)).ToHaveTextAsync(["one", "two", "three"]);
        await PostAsync(bob, "four", one);
        await Expect(Texts(page)).ToHaveCountAsync(4);
        await Expect(page.Locator(".note, .badge.warn")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_message_that_was_repeated_is_not_shown_again_even_after_a_reload()
    {
        using var ann = new Enc2Author(Stream, "ann");
        Server.Tamper = (_, message) => [message, HostileServer.Copy(message)];
        await PostAsync(ann, "pay once");
        var page = await ReadAsync(Reader.First);
        for (var i = 0; i < 2; i++)
        {
            await Expect(page.Locator(".line.unreadable")).ToContainTextAsync("arrived here, not shown again.");
            await Expect(Texts(page).GetByText("pay once", new() { Exact = true })).ToHaveCountAsync(1);
            await page.ReloadAsync();
        }
    }

    [Fact]
    public async Task A_message_that_was_dropped_is_missed()
    {
        using var ann = new Enc2Author(Stream, "ann");
        await PostAsync(ann, "one");
        var dropped = await PostAsync(ann, "two");
        await PostAsync(ann, "three");
        Server.Tamper = (_, message) => Of(message).Hash == dropped ? [] : [message];
        var page = await ReadAsync(Reader.First);
        await Expect(Texts(page)).ToHaveTextAsync(["one", "three"]);
        await Expect(page.Locator(".note")).ToHaveTextAsync("A message of this author before this one did not arrive.");
    }

    [Fact]
    public async Task What_was_given_up_is_no_hole_and_what_follows_it_continues_the_chain()
    {
        using var ann = new Enc2Author(Stream, "ann");
        await PostAsync(ann, "one");
        ann.GiveUp("never sent");
        ann.GiveUp("nor this");
        await PostAsync(ann, "two");
        await PostAsync(ann, "three");
        var page = await ReadAsync(Reader.First);
        await Expect(Texts(page)).ToHaveTextAsync(["one", "two", "three"]);
        await Expect(page.Locator(".note")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task However_many_texts_a_page_gives_up_its_next_one_is_read()
    {
        var page = await OpenAsync("");
        var message = await page.EvaluateAsync<string>("""
            async ([fragment, id]) => {
              const base = document.querySelector('script[type=module]').src;
              const { EncryptedChannel } = await import(base.replace('main.js', 'channels/encrypted.js'));
              const { readKey } = await import(base.replace('main.js', 'crypto/enc2.js'));
              const channel = await EncryptedChannel.from('any', await readKey(fragment));
              for (let i = 0; i < 20; i++) {
                await channel.seal('never sent', 'ann', id);
                channel.giveUp(id);
              }
              return (await channel.seal('at last', 'ann', id)).message;
            }
            """, new[] { Stream.Key, "3f2a9c54-0b1d-4c88-9e77-5d6a1b2c3d4e" });
        var (content, _) = Stream.Open("3f2a9c54-0b1d-4c88-9e77-5d6a1b2c3d4e", message);
        Assert.Equal((20, 16, new string('A', 43)), (content.Number, content.Skipped, content.Previous));
    }

    [Fact]
    public async Task What_the_server_kept_and_said_to_have_lost_is_marked()
    {
        var author = await ReadAsync(Reader.First);
        await ListensAsync(author);
        await SayAsync(author, "what now?");
        Server.Tamper = (reader, message) => reader == Reader.First && Of(message).Content.Text == "sell" ? [] : [message];
        await author.RouteAsync("**/messages", async route =>
        {
            await route.FetchAsync();
            await route.AbortAsync();
        });
        await author.FillAsync("#box", "sell");
        await author.PressAsync("#box", "Enter");
        await Expect(author.Locator("#problem")).ToContainTextAsync("Not sent.");
        await author.UnrouteAllAsync();
        await SayAsync(author, "don’t sell");
        var reader = await ReadAsync(Reader.Second);
        await Expect(Texts(reader)).ToHaveTextAsync(["what now?", "sell", "don’t sell"]);
        await Expect(reader.Locator(".note")).ToHaveTextAsync("Its author says that this could not be sent, and may not know that it is here.");
        await Expect(reader.Locator(".message").Nth(1).Locator(".note")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task The_first_messages_of_an_author_are_missed_too()
    {
        using var ann = new Enc2Author(Stream, "ann");
        var dropped = await PostAsync(ann, "one");
        await PostAsync(ann, "two");
        Server.Tamper = (_, message) => Of(message).Hash == dropped ? [] : [message];
        var page = await ReadAsync(Reader.First);
        await Expect(page.Locator(".note")).ToContainTextAsync("An earlier message of this author can’t be shown");
    }

    [Fact]
    public async Task Messages_in_another_order_are_noticed()
    {
        using var ann = new Enc2Author(Stream, "ann");
        var moved = await PostAsync(ann, "no");
        await PostAsync(ann, "shall we sell?");
        Server.Tamper = (_, message) => [Of(message).Hash == moved ? HostileServer.Redate(message, 5000) : message];
        var page = await ReadAsync(Reader.First);
        await Expect(Texts(page)).ToHaveTextAsync(["shall we sell?", "no"]);
        await Expect(page.Locator(".message").Last.Locator(".note")).ToContainTextAsync("Out of order");
    }

    [Fact]
    public async Task An_answer_moved_above_its_question_is_noticed()
    {
        using var ann = new Enc2Author(Stream, "ann");
        using var bob = new Enc2Author(Stream, "bob");
        var question = await PostAsync(ann, "shall we keep it?");
        await PostAsync(bob, "yes", question);
        Server.Tamper = (_, message) => [Of(message).Hash == question ? HostileServer.Redate(message, 5000) : message];
        var page = await ReadAsync(Reader.First);
        await Expect(Texts(page)).ToHaveTextAsync(["yes", "shall we keep it?"]);
        await Expect(page.Locator(".message").First.Locator(".note")).ToContainTextAsync("had already read a message that stands below");
    }

    [Fact]
    public async Task Another_date_is_noticed()
    {
        using var ann = new Enc2Author(Stream, "ann");
        await PostAsync(ann, "meet me now");
        Server.Tamper = (_, message) => [HostileServer.Redate(message, 3_600_000)];
        var page = await ReadAsync(Reader.First);
        await Expect(page.Locator(".note")).ToContainTextAsync("Its author dates it");
    }

    [Fact]
    public async Task Two_histories_of_one_author_are_noticed()
    {
        using var ann = new Enc2Author(Stream, "ann");
        await PostAsync(ann, "one");
        var fork = ann.Place;
        await PostAsync(ann, "for some");
        ann.Place = fork;
        await PostAsync(ann, "for others");
        var page = await ReadAsync(Reader.First);
        await Expect(page.Locator(".message").Last.Locator(".note")).ToContainTextAsync("two versions");
    }

    [Fact]
    public async Task A_reader_who_is_shown_less_than_others_learns_it_from_them()
    {
        using var ann = new Enc2Author(Stream, "ann");
        using var bob = new Enc2Author(Stream, "bob");
        var hidden = await PostAsync(ann, "only for bob");
        Server.Tamper = (reader, message) => reader == Reader.Second && Of(message).Hash == hidden ? [] : [message];
        await PostAsync(bob, "I have seen it", hidden);
        var full = await ReadAsync(Reader.First);
        await Expect(Texts(full)).ToHaveCountAsync(2);
        await Expect(full.Locator(".note")).ToHaveCountAsync(0);
        var split = await ReadAsync(Reader.Second);
        await Expect(split.Locator(".note")).ToHaveTextAsync("Its author had read a message that you are not shown.");
    }

    [Fact]
    public async Task Two_pages_with_split_views_tell_each_other()
    {
        var first = await ReadAsync(Reader.First);
        var second = await ReadAsync(Reader.Second);
        await ListensAsync(first);
        await ListensAsync(second);
        using var ann = new Enc2Author(Stream, "ann");
        Server.Tamper = (reader, message) => reader == Reader.Second && Of(message).Content.Author == ann.Id ? [] : [message];
        await PostAsync(ann, "not for the second");
        await Expect(Texts(first)).ToHaveCountAsync(1);
        await SayAsync(first, "what do you think?");
        await Expect(second.Locator(".note")).ToHaveTextAsync("Its author had read a message that you are not shown.");
    }

    [Fact]
    public async Task An_author_who_was_shown_less_is_noticed()
    {
        using var ann = new Enc2Author(Stream, "ann");
        using var bob = new Enc2Author(Stream, "bob");
        await PostAsync(ann, "sell nothing");
        Server.Tamper = (_, message) => [Of(message).Content.Author == ann.Id ? HostileServer.Redate(message, -100_000) : message];
        await PostAsync(bob, "selling all, as nobody objects");
        var page = await ReadAsync(Reader.First);
        await Expect(page.Locator(".message").Last.Locator(".note")).ToHaveTextAsync("Its author had not been shown what stands above.");
    }

    [Fact]
    public async Task Another_key_under_the_same_name_is_marked_on_both()
    {
        using var ann = new Enc2Author(Stream, "Ann");
        using var eve = new Enc2Author(Stream, " ann\u200B");
        await PostAsync(ann, "genuine");
        await PostAsync(eve, "forged");
        await PostAsync(ann, "genuine again");
        var page = await ReadAsync(Reader.First);
        await Expect(page.Locator(".badge.found")).ToHaveTextAsync(
            ["key 1 of 2 with such a name", "key 2 of 2 with such a name", "key 1 of 2 with such a name"]);
        await Expect(page.Locator(".message.follows")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_id_of_ones_own_does_not_make_a_message_ones_own()
    {
        var page = await ReadAsync(Reader.First);
        await ListensAsync(page);
        await SayAsync(page, "mine");
        await Expect(page.Locator(".message.own")).ToHaveCountAsync(1);
        Server.Tamper = (_, message) =>
        {
            var other = HostileServer.Redate(message, 0);
            other["Text"] = "not mine";
            return [other];
        };
        await page.EvaluateAsync("location.hash = '#elsewhere'");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("elsewhere");
        await page.EvaluateAsync("fragment => { location.hash = fragment; }", $"#/e/any/{Stream.Key}");
        await Expect(Texts(page)).ToHaveTextAsync(["not mine"]);
        await Expect(page.Locator(".message.own")).ToHaveCountAsync(0);
        await Expect(page.Locator(".message.clear")).ToHaveCountAsync(1);
    }
}
