namespace Malten.Gateway.OpenApi;

/// <summary>Says in an endpoint's metadata that the body of a request is bytes, and that its parameters are read from the query alone.</summary>
internal sealed class BodyOfBytes;
