namespace Malten.Gateway.Endpoints;

/// <summary>The answer to <c>GET /healthz</c> (<c>live</c>) and <c>GET /readyz</c> (<c>ready</c>).</summary>
internal sealed record Health(string Status);
