namespace Malten.Published.Tests;

/// <summary>What a program consists of that is published.</summary>
public sealed class FileTests
{
    private const long MostOfGateway = 45_000_000;

    [Fact]
    public void A_gateway_is_one_file_of_less_than_45_MB() =>
        Assert.InRange(new FileInfo(PublishedFile.Gateway).Length, 1, MostOfGateway);

    [Fact]
    public void Nothing_else_is_published() => Assert.Equal(
        new[] { PublishedFile.Gateway, PublishedFile.Silo }.Order(StringComparer.Ordinal),
        Directory.GetFiles(Path.GetDirectoryName(PublishedFile.Gateway)!).Order(StringComparer.Ordinal));
}
