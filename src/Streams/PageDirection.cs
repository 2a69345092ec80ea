namespace Malten.Streams;

/// <summary>The order of a page.</summary>
public enum PageDirection
{
    /// <summary>Oldest first.</summary>
    Forward = 1,

    /// <summary>Newest first.</summary>
    Backward = -1,
}
