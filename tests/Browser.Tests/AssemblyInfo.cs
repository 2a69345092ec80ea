// One browser for the whole run; four tests at a time: each waits for pages more than it computes.
[assembly: AssemblyFixture(typeof(Chromium))]
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
