namespace Malten.Gateway.Requests;

/// <summary>A parameter whose value is read as <typeparamref name="T"/>.</summary>
/// <param name="Read">
/// Reads a value given under a name (the second argument); throws <see cref="Malten.Streams.Values.StreamRefusedException"/>
/// when it is outside its limits.
/// </param>
internal sealed record Parameter<T>(
    string Name, string Description, string Example, Func<string, string, T> Read, string? Alias = null)
    : Parameter(Name, Description, Example, Alias)
{
    public override Type ValueType => typeof(T);
}
