using Malten.Testing.Contract;

namespace Malten.Gateway.Tests;

// The whole contract, put under one node. Each area says what it is about.

public sealed class ConventionsTests : ConventionsContract<GatewayHost>;

public sealed class ValuesTests : ValuesContract<GatewayHost>;

public sealed class LifeTests : LifeContract<GatewayHost>;

public sealed class StreamsTests : StreamsContract<GatewayHost>;

public sealed class KeepTests : KeepContract<GatewayHost>;

public sealed class MessagesTests : MessagesContract<GatewayHost>;

public sealed class PagesTests : PagesContract<GatewayHost>;

public sealed class EventsTests : EventsContract<GatewayHost>;

public sealed class LinesTests : LinesContract<GatewayHost>;

public sealed class ResumeTests : ResumeContract<GatewayHost>;

public sealed class PresenceTests : PresenceContract<GatewayHost>;

public sealed class SignalsTests : SignalsContract<GatewayHost>;

public sealed class CommandsTests : CommandsContract<GatewayHost>;

public sealed class PipesTests : PipesContract<GatewayHost>;

public sealed class BytesTests : BytesContract<GatewayHost>;

public sealed class IceTests : IceContract<GatewayHost>;

public sealed class DescriptionTests : DescriptionContract<GatewayHost>;

public sealed class OrderTests : OrderContract<GatewayHost>;
