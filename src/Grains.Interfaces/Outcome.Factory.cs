using Malten.Streams.Values;

namespace Malten.Grains.Interfaces;

/// <summary>Makes outcomes.</summary>
public static class Outcome
{
    /// <summary>What the function returns, or what it refuses.</summary>
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
