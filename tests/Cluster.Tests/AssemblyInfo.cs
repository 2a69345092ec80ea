[assembly: TestCollectionOrderer(typeof(Malten.Cluster.Tests.LongestFirst))]
