// One browser for the whole run; two pages' worth of tests at a time, as there may be two cores only.
[assembly: AssemblyFixture(typeof(Chromium))]
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
