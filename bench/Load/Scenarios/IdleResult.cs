namespace Malten.Bench.Load.Scenarios;

/// <summary>A server's resident memory without listeners, and with many idle ones.</summary>
internal sealed record IdleResult(string Server, int Listeners, long BytesBefore, long BytesAfter)
{
    public double BytesPerListener => (BytesAfter - BytesBefore) / (double)Listeners;
}
