using System.Runtime.InteropServices;

namespace Malten.Silo.Lifetime;

/// <summary>
/// Whether the process was asked to stop (SIGTERM or SIGINT). A host that is already stopping, in order to start again, takes no notice
/// of such a signal. What else the signal does is left to the host, or to the system.
/// </summary>
internal sealed class StopRequest : IDisposable
{
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private volatile bool _isMade;

    public StopRequest()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => _isMade = true);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => _isMade = true);
    }

    /// <summary>Whether it was asked since this was made.</summary>
    public bool IsMade => _isMade;

    /// <summary>Hears no more signals.</summary>
    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
    }
}
