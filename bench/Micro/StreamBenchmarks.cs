using BenchmarkDotNet.Attributes;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Bench.Micro;

/// <summary>The cost of posting to a full stream, and of reading a page of it.</summary>
[MemoryDiagnoser]
public class StreamBenchmarks : IDisposable
{
    private static readonly StreamName Name = StreamName.Parse("bench");

    private readonly MessageStream _stream = new(Name, new Capacity(new CapacityOptions()), TimeProvider.System);
    private readonly Draft _draft = new() { Address = Name, Text = MessageText.Parse(new string('x', 100)) };

    [Params(25, 1024)]
    public int Limit { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        for (var i = 0; i < StreamLimits.Messages; i++) Append();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _stream.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public bool Append() => _stream.TryAppend(_draft, out _);

    [Benchmark]
    public int Page() => _stream.Read(new PageRequest(Name, Limit)).Count;
}
