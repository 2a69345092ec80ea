using System.Globalization;

namespace Malten.Cli.Output;

/// <summary>Says for people how many bytes there are.</summary>
internal static class ByteSize
{
    private static readonly string[] Units = ["kB", "MB", "GB", "TB", "PB"];

    /// <summary>With a digit after the point, in decimal units: <c>3.2 MB</c>.</summary>
    public static string Of(long bytes)
    {
        if (bytes < 1000) return string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes");
        var (value, unit) = (bytes / 1000.0, 0);
        for (; value >= 999.95 && unit < Units.Length - 1; unit++) value /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {Units[unit]}");
    }
}
