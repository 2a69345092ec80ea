namespace Malten.Client.Tests;

/// <summary>Links are made and read without being used, and a damaged one opens nothing.</summary>
public sealed class MaltenLinkTests
{
    private const string Pipe = "#/p/ZrUfq2LqTg2Jt0m3bWbF1w.c2VhdA.6xhkn0GYR1GcTaLdlPrL31zl6kb7htWh5XdPC1TcznmHkSj52l6y2bwSpywwdK3t";

    [Theory]
    [InlineData("family matters")]
    [InlineData("a/b ? # % 你好")]
    [InlineData("")]
    public void A_link_is_read_as_it_was_made(string label)
    {
        var link = EncryptedLink.New(label, new Uri("https://malten.example/chat/"));
        var saved = link.ToText().Replace("/chat/", "/chat/malten.html?x=1", StringComparison.Ordinal);
        foreach (var text in (string[])[link.ToText(), $"  {link.ToText()}\n", saved])
        {
            var read = EncryptedLink.Parse(text);
            Assert.Equal((link.Stream, label.Length > 0 ? label : "secret", link.Node), (read.Stream, read.Label, read.Node));
        }

        Assert.StartsWith("http://other.example/#/e/", link.ToText(new Uri("http://other.example")), StringComparison.Ordinal);
        Assert.Equal(22, link.Stream.Length);
    }

    [Fact]
    public void Two_links_with_one_label_have_different_keys() => Assert.NotEqual(EncryptedLink.New("a").Stream, EncryptedLink.New("a").Stream);

    [Fact]
    public void Each_character_of_a_key_counts()
    {
        var text = EncryptedLink.New("a").ToText();
        for (var i = text.LastIndexOf('/') + 1; i < text.Length; i++)
        {
            var changed = text.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            Assert.False(MaltenLink.TryParse(new string(changed), out _));
            Assert.False(MaltenLink.TryParse(text.Remove(i, 1), out _));
        }
    }

    [Fact]
    public void A_link_cut_anywhere_after_its_hash_opens_no_stream_and_no_pipe()
    {
        foreach (var link in (string[])[EncryptedLink.New("family").ToText(), Pipe])
            for (var length = 2; length < link.Length; length++)
                Assert.False(MaltenLink.TryParse(link[..length], out _), link[..length]);
    }

    [Fact]
    public void A_link_that_was_escaped_once_more_is_still_one()
    {
        var link = EncryptedLink.New("a b");
        Assert.Equal(link.Stream, MaltenLink.Parse("https://malten.example/#" + Uri.EscapeDataString(link.ToText()[1..])).Stream);
    }

    [Theory]
    [InlineData("#name", "name")]
    [InlineData("https://malten.example/#caf%C3%A9", "café")]
    [InlineData("#caf%65%CC%81%EF%BF%BE", "café\uFFFE")]
    [InlineData("https://malten.example/#", "_")]
    public void A_name_is_an_open_stream(string text, string stream)
    {
        var link = Assert.IsType<StreamLink>(MaltenLink.Parse(text));
        Assert.Equal(stream, link.Stream);
    }

    [Theory]
    [InlineData("name")]
    [InlineData("https://malten.example/")]
    [InlineData("#/x/y")]
    [InlineData("#a/b")]
    [InlineData("#/e/label")]
    [InlineData("#/p/a.b.c")]
    [InlineData("#/o/ZrUfq2LqTg2Jt0m3bWbF1w")] // a pipe that some page has open: there is nothing to open in it
    [InlineData("https://bank.example@evil.example/#name")]
    [InlineData("what is this #name")]
    [InlineData("malten.example:8443/#name")] // without https://, it would go to another node
    [InlineData("localhost:9090#name")]
    [InlineData("ftp://malten.example/#name")]
    public void What_is_no_link_is_refused(string text) => Assert.Throws<FormatException>(() => MaltenLink.Parse(text));

    [Fact]
    public void A_page_that_was_saved_to_a_disk_names_no_node() => Assert.Null(MaltenLink.Parse("file:///home/ann/malten.html#name").Node);

    [Fact]
    public void A_node_in_a_link_has_its_path_and_nobodys_password()
    {
        var link = EncryptedLink.New("a");
        Assert.Equal(new Uri("https://malten.example/chat/"), MaltenLink.Parse(link.ToText(new Uri("https://malten.example/chat"))).Node);
        Assert.Equal(new Uri("https://malten.example/chat/"), TraceLink.New("a", new Uri("https://malten.example/chat")).Node);
        foreach (var wrong in (Uri[])[new("https://ann:hunter2@malten.example"), new("ftp://malten.example"), new("https://malten.example/?x=1")])
        {
            Assert.Throws<ArgumentException>(() => link.ToText(wrong));
            Assert.Throws<ArgumentException>(() => EncryptedLink.New("a", wrong));
        }
    }

    [Fact]
    public void A_pipe_is_read_and_written_unchanged()
    {
        var link = PipeLink.Parse("https://malten.example/" + Pipe);
        Assert.Equal("https://malten.example/" + Pipe, link.ToText());
        Assert.Throws<FormatException>(() => EncryptedLink.Parse(Pipe));
        Assert.Throws<FormatException>(() => PipeLink.Parse(EncryptedLink.New().ToText()));
    }

    [Fact]
    public void Neither_links_nor_failures_to_read_them_print_secrets()
    {
        var (encrypted, pipe) = (EncryptedLink.New("label"), PipeLink.Parse(Pipe));
        Assert.DoesNotContain(encrypted.ToText()[^40..], $"{encrypted}", StringComparison.Ordinal);
        Assert.Equal("pipe ZrUfq2LqTg2Jt0m3bWbF1w", $"{pipe}");
        var cut = encrypted.ToText()[..^1];
        Assert.DoesNotContain(cut[^40..], Assert.Throws<FormatException>(() => MaltenLink.Parse(cut)).ToString(), StringComparison.Ordinal);
    }
}
