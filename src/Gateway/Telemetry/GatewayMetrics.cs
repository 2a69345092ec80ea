using System.Diagnostics.Metrics;
using Malten.Streams.Limits;

namespace Malten.Gateway.Telemetry;

/// <summary>The measurements of a node, in the meter <c>Malten</c>. No tag names a stream, a text or a client.</summary>
public sealed class GatewayMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Malten";

    private readonly Counter<long> _messagesIn;
    private readonly Counter<long> _messagesOut;
    private readonly Counter<long> _refusals;
    private readonly Histogram<double> _lag;

    /// <summary>Creates the instruments; the observable ones read <paramref name="capacity"/>.</summary>
    public GatewayMetrics(IMeterFactory meters, Capacity capacity)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableUpDownCounter("malten.streams", () => capacity.Streams, "{stream}", "Streams in use");
        meter.CreateObservableUpDownCounter("malten.listeners", () => capacity.Listeners, "{listener}", "Open listeners");
        meter.CreateObservableUpDownCounter("malten.held", () => capacity.Bytes, "By",
            "Bytes held by streams, copies, replicas, events, listeners, bodies and answers");
        _messagesIn = meter.CreateCounter<long>("malten.messages.in", "{message}", "Messages posted here");
        _messagesOut = meter.CreateCounter<long>("malten.messages.out", "{message}", "Messages delivered to listeners here");
        _refusals = meter.CreateCounter<long>("malten.refusals", "{request}", "Requests refused, by reason");
        _lag = meter.CreateHistogram<double>("malten.delivery.lag", "s", "Time from storing a message to writing it to a listener's connection",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 5, 30] });
    }

    /// <summary>Counts a posted message.</summary>
    public void Posted() => _messagesIn.Add(1);

    /// <summary>Counts a refused request or connection.</summary>
    public void Refused(string reason) => _refusals.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>Counts messages written to a connection.</summary>
    public void Delivered(int messages) => _messagesOut.Add(messages);

    /// <summary>Records the time from storing the oldest message of a batch to writing it to a connection.</summary>
    public void Lagged(TimeSpan lag) => _lag.Record(lag.TotalSeconds);
}
