namespace Malten.Membership.Seeds;

/// <summary>Where a seed's register listens.</summary>
/// <param name="Host">A host name, or an IPv4 or IPv6 address without brackets, in lower case.</param>
/// <param name="Port">A TCP port from 1 to 65535.</param>
public sealed record SeedAddress(string Host, int Port)
{
    /// <summary>Parses <c>host:port</c>; an IPv6 address stands in brackets.</summary>
    /// <exception cref="FormatException">The text has another form.</exception>
    public static SeedAddress Parse(string text)
    {
        if (!Uri.TryCreate("tcp://" + text, UriKind.Absolute, out var uri) || uri.Port < 1 || uri.Host.Length == 0
            || uri.UserInfo.Length > 0 || uri.PathAndQuery != "/" || uri.Fragment.Length > 0)
            throw new FormatException(
                $"'{text}' is not the address of a seed. Expected host:port, such as silo-1:11112 or [::1]:11112.");
        return new SeedAddress(uri.DnsSafeHost, uri.Port);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
