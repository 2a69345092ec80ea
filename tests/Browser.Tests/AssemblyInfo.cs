// One browser for the whole run.
[assembly: AssemblyFixture(typeof(Chromium))]
