using Malten.Streams.Values;

namespace Malten.Grains.Interfaces;

/// <summary>The answer of a grain: a value, or a refusal that the gateway throws on its side.</summary>
/// <typeparam name="T">The value.</typeparam>
[GenerateSerializer, Immutable, Alias("malten.outcome`1")]
public sealed record Outcome<T>
{
    /// <summary>The value; default when refused.</summary>
    [Id(0)]
    public T? Value { get; init; }

    /// <summary>Why it was refused; null when it was not.</summary>
    [Id(1)]
    public Refusal? Refusal { get; init; }

    /// <summary>What the caller should change.</summary>
    [Id(2)]
    public string? Detail { get; init; }

    /// <summary>The parameter at fault.</summary>
    [Id(3)]
    public string? Parameter { get; init; }

    /// <summary>The same refusal, of something else.</summary>
    public Outcome<TOther> As<TOther>() => new() { Refusal = Refusal, Detail = Detail, Parameter = Parameter };

    /// <summary>The value, or the refusal as an exception.</summary>
    /// <exception cref="StreamRefusedException">It was refused.</exception>
    public T Unwrap() => Refusal is { } refusal ? throw new StreamRefusedException(refusal, Detail!, Parameter) : Value!;
}
