namespace Malten.Testing.Hostile;

/// <summary>Something that an ordinary client did.</summary>
/// <param name="Kind">What: <c>post</c> (answered, and heard by whoever posted), <c>read</c> or <c>listen</c>.</param>
/// <param name="Due">When it was due, as a timestamp of <see cref="TimeProvider.System"/>.</param>
/// <param name="Took">How long it took from then; null when it was refused, or not done within five seconds.</param>
/// <param name="Fault">What the node answered instead, where it was refused.</param>
public sealed record Done(string Kind, long Due, TimeSpan? Took, string? Fault = null);
