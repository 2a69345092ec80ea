using System.Buffers;
using BenchmarkDotNet.Attributes;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Bench.Micro;

/// <summary>The cost of delivering messages to many readers, without a network.</summary>
[MemoryDiagnoser]
public class FeedBenchmarks : IDisposable
{
    private static readonly StreamName Name = StreamName.Parse("bench");

    private readonly MessageStream _stream = new(Name, new Capacity(new CapacityOptions()), TimeProvider.System);
    private readonly Draft _draft = new() { Address = Name, Text = MessageText.Parse(new string('x', 100)) };
    private readonly ArrayBufferWriter<byte> _output = new(64 * 1024);
    private FeedReader[] _readers = [];

    [Params(100, 1000)]
    public int Readers { get; set; }

    /// <summary>How many messages arrive between two reads.</summary>
    [Params(1, 16)]
    public int Burst { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _readers = [.. Enumerable.Range(0, Readers).Select(_ => new FeedReader("session", [Name], _ => ValueTask.CompletedTask))];
        foreach (var reader in _readers) reader.Hear(_stream.Feed, null);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _stream.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public long Deliver()
    {
        for (var i = 0; i < Burst; i++) _stream.TryAppend(_draft, out _);
        long bytes = 0;
        foreach (var reader in _readers)
        {
            _output.ResetWrittenCount();
            bytes += reader.Read(_output, 32 * 1024).Bytes;
        }

        return bytes;
    }
}
