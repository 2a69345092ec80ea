// One browser for the whole run; two tests at a time, because a machine may have only two cores.
[assembly: AssemblyFixture(typeof(Chromium))]
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
