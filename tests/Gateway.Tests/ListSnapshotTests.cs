using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Malten.Gateway.Lists;
using Malten.Streams.Life;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Http.Json;

namespace Malten.Gateway.Tests;

/// <summary>Every list is a part of the streams of one moment.</summary>
public sealed class ListSnapshotTests
{
    private readonly JsonTypeInfo<OrderedDictionary<string, StreamListing>> _type;

    public ListSnapshotTests()
    {
        var json = new JsonOptions();
        Answers.AnswerJson.Configure(json);
        _type = (JsonTypeInfo<OrderedDictionary<string, StreamListing>>)json.SerializerOptions.GetTypeInfo(typeof(OrderedDictionary<string, StreamListing>));
    }

    [Theory]
    [InlineData("", 3, "c,ab,b")]
    [InlineData("", 1024, "c,ab,b,abc,a,abd")]
    [InlineData("a", 1024, "ab,abc,a,abd")]
    [InlineData("a", 2, "ab,a")] // the one of exactly that name is among them
    [InlineData("a", 1, "a")]
    [InlineData("ab", 2, "ab,abc")]
    [InlineData("abd", 1, "abd")]
    [InlineData("abe", 1, "")]
    [InlineData("A", 5, "")]
    [InlineData("z", 5, "")]
    [InlineData("abcd", 5, "")]
    public void The_newest_with_a_prefix(string prefix, int limit, string expected) =>
        Assert.Equal(expected, string.Join(',', Snapshot("c", "ab", "b", "abc", "a", "abd").Find(prefix, limit).Select(stream => stream.Name)));

    [Fact]
    public void As_a_search_through_all_finds_them()
    {
        var random = new Random(20261122);
        var names = Enumerable.Range(0, 500).Select(_ => new string([.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => "aé😀"[random.Next(3)])]))
            .Where(name => !char.IsSurrogate(name[^1])).Distinct().ToArray();
        var (snapshot, all) = (Snapshot(names), names.Index().Select(one => Listing(one.Item, names.Length - one.Index)).ToList());
        foreach (var prefix in names.Select(name => name[..random.Next(1, name.Length + 1)]))
        {
            var limit = random.Next(1, 30);
            Assert.Equal(
                StreamListing.Newest(all.Where(one => one.Name.StartsWith(prefix, StringComparison.Ordinal)), prefix, limit).Select(one => one.Name),
                snapshot.Find(prefix, limit).Select(stream => stream.Name));
        }
    }

    [Fact]
    public void A_stream_is_encoded_as_a_member_of_the_list()
    {
        var name = "a\"<😀";
        var json = "{" + Encoding.UTF8.GetString(Snapshot(name).Find("", 1)[0].Encode().Span) + "}";
        Assert.Equal(JsonSerializer.Serialize(new OrderedDictionary<string, StreamListing> { [name] = Listing(name, 1) }, _type), json);
    }

    [Fact]
    public void Those_that_come_first_are_encoded_once_and_none_any_more_when_there_is_a_newer_list()
    {
        var snapshot = Snapshot([.. Enumerable.Range(0, 1025).Select(i => $"{i}")]);
        Assert.True(IsKept(snapshot.Find("", 1024)[^1]));
        Assert.False(IsKept(snapshot.Find("1024", 1)[0]));
        snapshot.Release();
        Assert.False(IsKept(snapshot.Find("", 1024)[0]));
    }

    [Theory]
    [InlineData("", 1024)]
    [InlineData("", 1)]
    [InlineData("2", 1024)]
    public void A_list_that_is_read_slowly_keeps_no_more_streams_than_a_list_may_have(string prefix, int limit) =>
        Assert.InRange(Snapshot([.. Enumerable.Range(0, 5000).Select(i => $"{i}")]).Find(prefix, limit).Array!.Length, limit, 1024);

    private static bool IsKept(ListedStream stream) => Array(stream.Encode()) == Array(stream.Encode());

    private static byte[] Array(ReadOnlyMemory<byte> bytes) => MemoryMarshal.TryGetArray(bytes, out var array) ? array.Array! : [];

    private ListSnapshot Snapshot(params string[] names) => new([.. names.Index().Select(one => Listing(one.Item, names.Length - one.Index))], _type);

    private static StreamListing Listing(string name, int updated) => new(name, new Timestamp(1024), new Timestamp(1024L * updated), 1024, 1024, 0, 0);
}
