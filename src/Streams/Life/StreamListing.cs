using System.Text.Json.Serialization;
using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <summary>A public stream as the list shows it; members are spelled as on the wire.</summary>
/// <param name="Name">The stream's name: the key in the list.</param>
/// <param name="Created">When the stream began.</param>
/// <param name="Updated">When its last message was stored; before the first message, when it began.</param>
/// <param name="Ttl">How long it lives after its last message, in seconds.</param>
/// <param name="Keep">How many of its newest messages it holds at most.</param>
/// <param name="Messages">How many messages it holds.</param>
/// <param name="Observers">How many connections listen to it, on all nodes.</param>
public sealed record StreamListing(
    [property: JsonIgnore] string Name, Timestamp Created, Timestamp Updated, int Ttl, int Keep, int Messages, int Observers)
{
    /// <summary>
    /// The streams most recently used, in that order; among them always the one of exactly that <paramref name="name"/>, if it
    /// is there, so that a look-up finds it however many names begin with its own.
    /// </summary>
    public static IEnumerable<StreamListing> Newest(IEnumerable<StreamListing> all, string name, int limit) => all
        .OrderByDescending(listing => listing.Name == name).ThenByDescending(listing => listing.Updated).Take(limit)
        .OrderByDescending(listing => listing.Updated);
}
