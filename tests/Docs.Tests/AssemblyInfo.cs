// One node for all that is tried out.
[assembly: AssemblyFixture(typeof(Malten.Docs.Tests.Node))]
