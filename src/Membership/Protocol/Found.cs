using System.Collections.Immutable;

namespace Malten.Membership;

/// <summary>Begin a generation with nothing in it, if you still remember nothing in the life that is listed.</summary>
/// <param name="Generation">The new one.</param>
/// <param name="Founders">For each seed, the life in which it was seen to remember nothing, or none.</param>
internal sealed record Found(Generation Generation, ImmutableArray<Incarnation> Founders) : Request;
