namespace Malten.Gateway.Requests;

/// <summary>A parameter of the wire contract: read alike from the query, a form and JSON, and described by OpenAPI.</summary>
/// <param name="Name">Its name, in lower case.</param>
/// <param name="Description">What it means, for the description of the API.</param>
/// <param name="Example">A value that would be accepted.</param>
/// <param name="Alias">Another name under which it is read too.</param>
internal abstract record Parameter(string Name, string Description, string Example, string? Alias = null)
{
    /// <summary>The type that its value is read as.</summary>
    public abstract Type ValueType { get; }

    /// <summary>Whether a value given under a name is one of this parameter.</summary>
    public bool IsNamed(string name) => name == Name || name == Alias;
}

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
