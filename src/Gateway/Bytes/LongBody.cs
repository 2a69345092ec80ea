using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Malten.Gateway.Bytes;

/// <summary>
/// A request body that may be as long as its client likes, and takes as long as its receiver does: nothing of it is held. It
/// is given up when it brings nothing for <see cref="Streams.Bytes.ByteLimits.Silence"/> while somebody waits for it.
/// </summary>
internal static class LongBody
{
    /// <summary>Lifts the limits of short bodies: their length, and the rate at which they must come.</summary>
    public static void Allow(HttpContext context)
    {
        var features = context.Features;
        if (features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        if (features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
    }
}
