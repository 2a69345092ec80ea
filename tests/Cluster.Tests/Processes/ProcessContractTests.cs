using Malten.Testing.Contract;

namespace Malten.Cluster.Tests.Processes;

// The whole contract once more, unchanged, put under three processes. Tests that need a clock that can be moved are
// skipped: ClusterContractTests run them.

[Collection(nameof(SharedNodes))]
public sealed class ConventionsTests : ConventionsContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class ValuesTests : ValuesContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class LifeTests : LifeContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class StreamsTests : StreamsContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class KeepTests : KeepContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class MessagesTests : MessagesContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class PagesTests : PagesContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class EventsTests : EventsContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class LinesTests : LinesContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class ResumeTests : ResumeContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class PresenceTests : PresenceContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class SignalsTests : SignalsContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class CommandsTests : CommandsContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class PipesTests : PipesContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class BytesTests : BytesContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class IceTests : IceContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class DescriptionTests : DescriptionContract<ProcessContractHost>;

[Collection(nameof(SharedNodes))]
public sealed class OrderTests : OrderContract<ProcessContractHost>;
