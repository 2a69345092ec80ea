namespace Malten.Grains.Interfaces;

/// <summary>How a gateway is reached directly.</summary>
/// <param name="Gateway">Its id, with which the handles of its listeners begin.</param>
/// <param name="Observer">What is called.</param>
[GenerateSerializer, Immutable, Alias("malten.route")]
public sealed record GatewayRoute(string Gateway, IGatewayObserver Observer);
