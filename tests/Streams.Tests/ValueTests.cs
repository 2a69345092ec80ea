using Malten.Streams.Events;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Streams.Tests;

/// <summary>The limits of values, as the wire contract states them.</summary>
public sealed class ValueTests
{
    [Theory]
    [InlineData("foo")]
    [InlineData("_")]
    [InlineData("Grüße aus München")]
    [InlineData("a&b=c%d")]
    [InlineData("🙂")]
    public void These_are_names(string name) => Assert.Equal(name, StreamName.Parse(name).Value);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(" foo")]
    [InlineData("foo\u00a0")]
    [InlineData("a/b")]
    [InlineData("a?b")]
    [InlineData("a#b")]
    [InlineData("a\nb")]
    [InlineData("a\u0085b")]
    [InlineData("e\u0301")]
    public void These_are_not(string name) => Assert.Equal("stream", Refused(() => StreamName.Parse(name)).Parameter);

    [Fact]
    public void Half_a_character_is_none() // an attribute can't hold it
    {
        Refused(() => StreamName.Parse("a" + (char)0xd800));
        Refused(() => MessageText.Parse((char)0xdc00 + " and more"));
        Refused(() => UserLabel.Parse("a" + (char)0xd800));
    }

    [Fact]
    public void What_is_missing_is_told_from_what_is_wrong()
    {
        Assert.Contains("is empty", Refused(() => UserLabel.Parse("")).Message);
        Assert.Contains("not valid Unicode", Refused(() => UserLabel.Parse("a" + (char)0xd800)).Message);
    }

    [Fact]
    public void A_name_has_128_characters_whatever_their_size()
    {
        StreamName.Parse(Repeat("🙂", 128));
        Refused(() => StreamName.Parse(Repeat("🙂", 129)));
    }

    [Fact]
    public void Names_are_told_apart_by_case_and_the_default_is_the_underscore()
    {
        Assert.NotEqual(StreamName.Parse("foo"), StreamName.Parse("Foo"));
        Assert.Equal(StreamName.Default, StreamName.Parse("_"));
        Assert.Equal("_", StreamName.Default.Value);
    }

    [Fact]
    public void A_random_name_has_128_bits_in_base64url()
    {
        var name = StreamName.Random().Value;
        Assert.Matches("^[A-Za-z0-9_-]{22}$", name);
        Assert.NotEqual(name, StreamName.Random().Value);
    }

    [Fact]
    public void A_text_has_1024_characters_whatever_their_size()
    {
        MessageText.Parse(Repeat("🙂", 1024));
        MessageText.Parse(Repeat("e\u0301", 512));
        Refused(() => MessageText.Parse(Repeat("🙂", 1025)));
        Refused(() => MessageText.Parse(Repeat("e\u0301", 513)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\t\u3000")]
    public void These_are_no_texts(string text) => Assert.Equal("text", Refused(() => MessageText.Parse(text, "text")).Parameter);

    [Fact]
    public void An_encrypted_text_may_be_longer()
    {
        MessageText.Parse("enc2." + new string('a', 6139));
        MessageText.Parse("enc2.AZaz09-_");
        Refused(() => MessageText.Parse("enc2." + new string('a', 6140)));
    }

    [Theory]
    [InlineData("enc2.")]
    [InlineData("enc2.a")]
    [InlineData("enc2.ab+/")]
    [InlineData("enc2.abc=")]
    [InlineData("enc2.hello world")]
    [InlineData("enc2.äää")]
    public void An_encrypted_text_goes_on_in_base64url(string text) => Refused(() => MessageText.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a\u0007")]
    [InlineData("123456789012345678901234567890123")]
    public void These_are_no_labels(string label) => Assert.Equal("user", Refused(() => UserLabel.Parse(label)).Parameter);

    [Fact]
    public void A_label_has_32_characters() => UserLabel.Parse(Repeat("🙂", 32));

    [Fact]
    public void A_blank_prompt_is_refused_by_the_name_of_what_held_it()
    {
        var message = new Draft { Address = StreamName.Default, Text = MessageText.Parse("/malten  ") };
        var (prompt, text) = (Refused(() => Command.CheckPrompt(" ")), Refused(() => Command.PromptIn(message)));
        Assert.Equal(("prompt", "message"), (prompt.Parameter, text.Parameter));
        Assert.All([prompt, text], refused => Assert.Contains("1 to 1024 characters", refused.Message));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(86_401)]
    [InlineData(long.MaxValue)]
    public void A_time_to_live_is_1_to_86400_seconds(long seconds) =>
        Assert.Equal("ttl", Refused(() => TimeToLive.FromSeconds(seconds)).Parameter);

    [Fact]
    public void The_default_time_to_live_is_1024_seconds() =>
        Assert.Equal((1024, 1, 86_400), (TimeToLive.Default.Seconds, TimeToLive.FromSeconds(1).Seconds, TimeToLive.FromSeconds(86_400).Seconds));

    [Fact]
    public void Nothing_private_gets_into_a_text_by_interpolation()
    {
        var draft = new Draft
        {
            Address = new StreamAddress(StreamName.Parse("secretname"), "secretseat"),
            Text = MessageText.Parse("secrettext"), User = UserLabel.Parse("secretuser"),
        };
        Assert.DoesNotContain("secret", $"{draft} {draft.Address} {draft.Text} {draft.User}");
    }

    [Fact]
    public void No_refusal_repeats_what_was_given()
    {
        Action[] attempts =
        [
            () => StreamName.Parse("secret/"), () => StreamName.Parse(" secret"), () => MessageText.Parse("enc2.secret!"),
            () => MessageText.Parse(Repeat("secret", 200)), () => UserLabel.Parse("secret\n"),
        ];
        Assert.All(attempts, attempt => Assert.DoesNotContain("secret", Refused(attempt).ToString().Split("   at ")[0]));
    }

    [Fact]
    public void A_timestamp_is_a_multiple_of_1024_that_always_increases()
    {
        var time = new FakeTime();
        var now = Timestamp.Now(time);
        Assert.Equal(0, now.Nanoseconds % 1024);
        Assert.InRange((time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalNanoseconds - now.Nanoseconds, 0, 1024 * 2);
        Assert.Equal(new Timestamp(now.Nanoseconds + 1024), Timestamp.After(now, time));
        Assert.Equal(now, Timestamp.After(now, time).Previous);
        Assert.Equal("2048", new Timestamp(2048).ToString()); // what a record writes by itself would go round in circles
        Assert.NotEmpty(Deadline.In(TimeSpan.Zero, time).ToString());
        Assert.Equal(now, Timestamp.After(new Timestamp(now.Nanoseconds - 5000), time));
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static StreamRefusedException Refused(Action action)
    {
        var refused = Assert.Throws<StreamRefusedException>(action);
        Assert.Equal(Refusal.BadValue, refused.Refusal);
        Assert.NotEmpty(refused.Message); // it is shown to whoever sent the value
        return refused;
    }
}
