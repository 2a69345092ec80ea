namespace Malten.Bench.Scale;

/// <summary>What a number of silos carries, and what grows with them.</summary>
internal sealed class Model(Measured measured, Machine machine)
{
    /// <summary>The share of requests that reach the silo of their stream only over another, among three.</summary>
    private const double RemoteOfThree = 2 / 3.0;

    /// <summary>
    /// The dearest that a call to another silo can be, in µs of both: as if all that a post costs more on three silos than on one were
    /// the calls that two of three posts make.
    /// </summary>
    public double Call => (measured.PostOfThree - measured.PostAlone) / RemoteOfThree;

    /// <summary>Posts a second to streams without listeners.</summary>
    public double Posts(int silos) => silos * machine.Processor / Cost(measured.PostAlone, measured.PostOfThree, silos);

    /// <summary>Posts a second that each begin a stream.</summary>
    public double Begins(int silos) => silos * machine.Processor / Cost(measured.BeginAlone, measured.BeginOfThree, silos);

    /// <summary>Deliveries a second when nothing coalesces, posts apart.</summary>
    public double QuietDeliveries(int silos) => silos * machine.Processor / measured.QuietDelivery;

    /// <summary>Deliveries a second at full load, posts included.</summary>
    public double BusyDeliveries(int silos) => silos * machine.Processor / measured.BusyDelivery;

    /// <summary>Streams with a message, if they take all memory; a single silo has no other for copies.</summary>
    public double Streams(int silos) => silos * machine.Memory / (measured.Stream / machine.Copies) / Math.Min(silos, machine.Copies);

    /// <summary>Listeners, if they take all memory.</summary>
    public double Listeners(int silos) => silos * machine.Memory / machine.Listener;

    /// <summary>Deliveries a second to each of so many listeners at which processors are full when memory is.</summary>
    public double DeliveriesOfEach => QuietDeliveries(1) / Listeners(1);

    /// <summary>Bytes a second that each seed sends: every silo asks it for the whole table.</summary>
    public double SeedTraffic(int silos) => silos * machine.Looks * silos * machine.Row;

    /// <summary>The silos at which a seed's cable is full.</summary>
    public double SilosOfSeed => Math.Sqrt(machine.Cable / (machine.Looks * machine.Row));

    /// <summary>Bytes a second that a silo gets, if its list of public streams is asked for all the time, and it asks all others.</summary>
    public double ListTraffic(int silos) => (silos - 1) * machine.Listings * machine.Listing;

    /// <summary>The silos at which that fills a cable.</summary>
    public double SilosOfList => 1 + (machine.Cable / (machine.Listings * machine.Listing));

    /// <summary>Posts a second that one stream can pass on to all silos: a single activation, and one core's worth of calls.</summary>
    public double PostsHeardEverywhere(int silos) => 1e6 / ((silos - 1) * Call);

    /// <summary>The silos at which a stream that is heard on all of them can't keep one client's pace.</summary>
    public double SilosOfPace => 1 + (1e6 / (machine.Pace * Call));

    /// <summary>The share of a silo's processors that renewals take, if each of its listeners hears a stream of its own.</summary>
    public double RenewalShare(int silos) => Listeners(1) * machine.Renewals * Call * Remote(silos) / machine.Processor;

    /// <summary>
    /// A cost that was measured on one silo and on three, for another number: what was added grows with the requests that go to another
    /// silo.
    /// </summary>
    private static double Cost(double alone, double ofThree, int silos) => alone + ((ofThree - alone) * Remote(silos) / RemoteOfThree);

    private static double Remote(int silos) => (silos - 1) / (double)silos;
}
