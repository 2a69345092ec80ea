using System.Reflection;
using Malten.Grains.Interfaces;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>The one grain for which the broker asks Orleans: the reader of its own silo.</summary>
public class Readers : DispatchProxy
{
    private IReaderGrain _reader = null!;

    internal static IGrainFactory With(IReaderGrain reader)
    {
        var grains = Create<IGrainFactory, Readers>();
        ((Readers)(object)grains)._reader = reader;
        return grains;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod is { Name: nameof(IGrainFactory.GetGrain) } && targetMethod.ReturnType == typeof(IReaderGrain)
            ? _reader : throw new NotSupportedException();
}
