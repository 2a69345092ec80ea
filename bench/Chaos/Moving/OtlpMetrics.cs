using System.Buffers.Binary;
using System.Text;

namespace Malten.Bench.Chaos.Moving;

/// <summary>Reads what a node exports (OpenTelemetry Protocol 1, <c>ExportMetricsServiceRequest</c> in Protobuf).</summary>
internal static class OtlpMetrics
{
    private const int ResourceMetrics = 1;
    private const int ScopeMetrics = 2;
    private const int Metrics = 2;
    private const int Name = 1;
    private const int Sum = 7;
    private const int DataPoints = 1;
    private const int AsInt = 6;

    /// <summary>The whole numbers among the sums, with the names of their metrics.</summary>
    public static IEnumerable<(string Name, long Value)> Read(ReadOnlyMemory<byte> request) =>
        from resource in Fields(request, ResourceMetrics)
        from scope in Fields(resource, ScopeMetrics)
        from metric in Fields(scope, Metrics)
        from sum in Fields(metric, Sum)
        from point in Fields(sum, DataPoints)
        from value in Fields(point, AsInt)
        select (Encoding.UTF8.GetString(Fields(metric, Name).First().Span), BinaryPrimitives.ReadInt64LittleEndian(value.Span));

    /// <summary>The contents of all fields of a message that have a number (Protocol Buffers documentation, "Encoding").</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Fields(ReadOnlyMemory<byte> message, int number)
    {
        while (!message.IsEmpty)
        {
            var key = TakeVarint(ref message);
            var length = (key & 7) switch
            {
                0 => VarintLength(message.Span),
                1 => 8,
                2 => (int)TakeVarint(ref message),
                5 => 4,
                var kind => throw new InvalidDataException($"Protobuf has no wire type {kind}."),
            };
            if ((int)(key >> 3) == number) yield return message[..length];
            message = message[length..];
        }
    }

    private static ulong TakeVarint(ref ReadOnlyMemory<byte> rest)
    {
        var (length, value) = (VarintLength(rest.Span), 0UL);
        for (var i = 0; i < length; i++) value |= (rest.Span[i] & 0x7FUL) << (7 * i);
        rest = rest[length..];
        return value;
    }

    private static int VarintLength(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyInRange<byte>(0, 0x7F) + 1;
}
