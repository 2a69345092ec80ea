namespace Malten.Streams;

/// <summary>Which of the held messages to read.</summary>
/// <param name="Address">The stream.</param>
/// <param name="Limit">How many at most, 1–1024.</param>
/// <param name="Direction">Towards the newest, or back.</param>
/// <param name="Last">The timestamp from which to go on, exclusive; 0 for the newest <paramref name="Limit"/>.</param>
public sealed record PageRequest(
    StreamAddress Address, int Limit = 25, PageDirection Direction = PageDirection.Forward, long Last = 0);
