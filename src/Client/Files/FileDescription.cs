namespace Malten.Client;

/// <summary>What is known of a file before it is transferred, by its sender's word.</summary>
/// <param name="Name">
/// Its name, 1–255 characters. A received one may hold anything, also what would leave a folder: <see cref="FileOffer.SafeName"/> is fit for a disk.
/// </param>
/// <param name="Type">Its media type, such as <c>image/png</c> (RFC 6838), up to 127 characters; it may be empty.</param>
/// <param name="Size">In bytes; at most 2⁵³ − 1.</param>
public sealed record FileDescription(string Name, string Type, long Size);
