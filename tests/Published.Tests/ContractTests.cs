using Malten.Testing.Contract;

namespace Malten.Published.Tests;

// The contract's short form: one class of each area for the gateway, which is trimmed, and for the silo, which is not, those that show
// that it serves and that its grains answer. What code alone decides, the tests of the rooms have put under the same code.

[Collection(nameof(SharedGateway))]
public sealed class GatewayDescriptionTests : DescriptionContract<GatewayFile>;

[Collection(nameof(SharedGateway))]
public sealed class GatewayMessagesTests : MessagesContract<GatewayFile>;

[Collection(nameof(SharedGateway))]
public sealed class GatewayEventsTests : EventsContract<GatewayFile>;

[Collection(nameof(SharedGateway))]
public sealed class GatewayStreamsTests : StreamsContract<GatewayFile>;

[Collection(nameof(SharedGateway))]
public sealed class GatewayPresenceTests : PresenceContract<GatewayFile>;

[Collection(nameof(SharedGateway))]
public sealed class GatewaySignalsTests : SignalsContract<GatewayFile>;

[Collection(nameof(SharedGateway))]
public sealed class GatewayCommandsTests : CommandsContract<GatewayFile>;

[Collection(nameof(SharedGateway))]
public sealed class GatewayPipesTests : PipesContract<GatewayFile>;

[Collection(nameof(SharedGateway))]
public sealed class GatewayBytesTests : BytesContract<GatewayFile>;

[Collection(nameof(SharedGateway))]
public sealed class GatewayIceTests : IceContract<GatewayFile>;

[Collection(nameof(SharedSilo))]
public sealed class SiloMessagesTests : MessagesContract<SiloFile>;

[Collection(nameof(SharedSilo))]
public sealed class SiloEventsTests : EventsContract<SiloFile>;

[Collection(nameof(SharedSilo))]
public sealed class SiloCommandsTests : CommandsContract<SiloFile>;

[Collection(nameof(SharedSilo))]
public sealed class SiloIceTests : IceContract<SiloFile>;
