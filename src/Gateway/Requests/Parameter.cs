namespace Malten.Gateway.Requests;

/// <summary>A parameter of the wire contract: read alike from the query, a form and JSON, and described by OpenAPI.</summary>
/// <param name="Name">Its name, in lower case.</param>
/// <param name="Description">What it means, for the description of the API.</param>
/// <param name="Example">A value that would be accepted.</param>
/// <param name="Alias">Another name under which it is read too.</param>
internal abstract record Parameter(string Name, string Description, string Example, string? Alias = null)
{
    /// <summary>Whether it may be given more than once.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>Whether nothing stands for it when it is left out.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether it is a header instead.</summary>
    public bool IsHeader { get; init; }

    /// <summary>The JSON type of its value.</summary>
    public abstract Type ValueType { get; }
}
