using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Malten.Streams.Values;
using Malten.Testing.Provider;

namespace Malten.Gateway.Commands;

/// <summary>Nothing of what was said leaves by a log, a trace or a metric.</summary>
public sealed class DiscretionTests
{
    [Fact]
    public async Task An_answer_leaves_no_trace_in_the_log_and_the_SDK_measures_nothing()
    {
        var told = new ConcurrentQueue<string>();
        using var traces = new ActivityListener
        {
            ShouldListenTo = source => IsOfTheSdk(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = activity => told.Enqueue(activity.Source.Name),
        };
        ActivitySource.AddActivityListener(traces);
        using var metrics = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (IsOfTheSdk(instrument.Meter.Name)) listener.EnableMeasurementEvents(instrument);
            },
        };
        metrics.SetMeasurementEventCallback<double>((instrument, _, _, _) => told.Enqueue(instrument.Name));
        metrics.SetMeasurementEventCallback<long>((instrument, _, _, _) => told.Enqueue(instrument.Name));
        metrics.Start();

        await using var node = await ChatNode.StartAsync();
        var stream = StreamName.Parse("kitchen");
        await using var listener = await node.ListenAsync(stream);
        await node.SayAsync(stream, "our-text", "our-name");
        await listener.NextAsync("message");
        await node.AskAsync(stream, "our-prompt");
        await listener.NextAnswerAsync();
        await node.StopAsync();

        Assert.Empty(told);
        string[] secrets = ["our-", "An answer", "kitchen", FakeProvider.Key, node.Provider.BaseUrl];
        Assert.All(secrets, secret =>
            Assert.All(node.Log.Lines, line => Assert.DoesNotContain(secret, line, StringComparison.OrdinalIgnoreCase)));
    }

    private static bool IsOfTheSdk(string name) =>
        name.StartsWith("OpenAI", StringComparison.Ordinal) || name.StartsWith("System.ClientModel", StringComparison.Ordinal);
}
