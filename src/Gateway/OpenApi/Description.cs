using Malten.Gateway.Requests;

namespace Malten.Gateway.OpenApi;

/// <summary>What an endpoint says of itself in the description of the API.</summary>
internal sealed record Description(IReadOnlyList<Parameter> Parameters);
