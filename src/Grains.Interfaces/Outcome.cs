using Malten.Streams.Values;

namespace Malten.Grains.Interfaces;

/// <summary>
/// What a grain answers: a value, or a refusal. A refusal crosses the wire as data, since an exception would mean that the
/// call itself failed; the caller turns it back into one with <see cref="Unwrap"/>.
/// </summary>
/// <typeparam name="T">The value.</typeparam>
[GenerateSerializer, Immutable, Alias("malten.outcome`1")]
public sealed record Outcome<T>
{
    /// <summary>The value; default when refused.</summary>
    [Id(0)]
    public T? Value { get; init; }

    /// <summary>The kind of refusal; null when there is a value.</summary>
    [Id(1)]
    public Refusal? Refusal { get; init; }

    /// <summary>What the client should change.</summary>
    [Id(2)]
    public string? Detail { get; init; }

    /// <summary>The parameter at fault, if it is one.</summary>
    [Id(3)]
    public string? Parameter { get; init; }

    /// <summary>The same refusal, for another type of value.</summary>
    public Outcome<TOther> As<TOther>() => new() { Refusal = Refusal, Detail = Detail, Parameter = Parameter };

    /// <summary>Returns the value, or throws the refusal.</summary>
    /// <exception cref="StreamRefusedException">There is a refusal.</exception>
    public T Unwrap() => Refusal is { } refusal ? throw new StreamRefusedException(refusal, Detail!, Parameter) : Value!;
}

/// <summary>Makes outcomes.</summary>
public static class Outcome
{
    /// <summary>Calls a function, and returns its value or its refusal.</summary>
    public static Outcome<T> Of<T>(Func<T> function)
    {
        try
        {
            return new Outcome<T> { Value = function() };
        }
        catch (StreamRefusedException refused)
        {
            return Refused<T>(refused);
        }
    }

    /// <summary>A refusal.</summary>
    public static Outcome<T> Refused<T>(StreamRefusedException refused) => new()
    {
        Refusal = refused.Refusal, Detail = refused.Message, Parameter = refused.Parameter,
    };
}
