using Malten.Testing.Contract;

namespace Malten.Cluster.Tests;

// The whole contract, put under a cluster of three silos: every request of a test goes to the next node. The silos are
// shared, so these run one after another.

[Collection(nameof(ClusterContractHost))]
public sealed class ConventionsTests : ConventionsContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class ValuesTests : ValuesContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class LifeTests : LifeContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class StreamsTests : StreamsContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class KeepTests : KeepContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class MessagesTests : MessagesContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class PagesTests : PagesContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class EventsTests : EventsContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class LinesTests : LinesContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class ResumeTests : ResumeContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class PresenceTests : PresenceContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class SignalsTests : SignalsContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class CommandsTests : CommandsContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class PipesTests : PipesContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class BytesTests : BytesContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class IceTests : IceContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class OrderTests : OrderContract<ClusterContractHost>;

[Collection(nameof(ClusterContractHost))]
public sealed class BrokerTests : Malten.Testing.BrokerSuite<ClusterHost>;
