using System.Globalization;

namespace Malten.Cli.Output;

/// <summary>Tells on a terminal, twice a second at most, how much has been transferred and how fast.</summary>
internal sealed class TransferProgress(string what) : IProgress<long>
{
    private const double Mega = 1e6;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private readonly long _begun = TimeProvider.System.GetTimestamp();
    private readonly Lock _gate = new();
    private long _shown;

    public void Report(long value)
    {
        lock (_gate)
        {
            if (TimeProvider.System.GetElapsedTime(_shown) < Period) return;
            _shown = TimeProvider.System.GetTimestamp();
            Console.Error.Write($"\r\e[2K{Line(value)}");
        }
    }

    /// <summary>The whole, in a line of its own.</summary>
    public void End(long value) => Console.Error.WriteLine($"\r\e[2K{Line(value)}");

    private string Line(long value)
    {
        var seconds = Math.Max(0.001, TimeProvider.System.GetElapsedTime(_begun).TotalSeconds);
        return string.Create(CultureInfo.InvariantCulture, $"{what} {value / Mega:0.0} MB in {seconds:0} s, {value / Mega / seconds:0.0} MB/s");
    }
}
