namespace Malten.Streams.Limits;

/// <summary>Holds memory that is counted to a listener for whom it is held, though others wrote what is in it: a replica.</summary>
public interface IChargedMemory
{
    /// <summary>Lets go of so many bytes, or of all there are, and charges that much less. Called without any lock.</summary>
    void GiveUp(long bytes);
}
