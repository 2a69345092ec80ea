namespace Malten.Bench.Load.Engine;

/// <summary>Whether latencies are being recorded now.</summary>
internal sealed class MeasuringWindow
{
    private volatile bool _open;

    public bool IsOpen
    {
        get => _open;
        set => _open = value;
    }
}
