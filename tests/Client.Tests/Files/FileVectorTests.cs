using System.Text.Json.Nodes;
using Malten.Client.Encryption;

namespace Malten.Client.Tests;

/// <summary>Records and frames are those of docs/file-vectors.json, which the page reproduces, too.</summary>
public sealed class FileVectorTests
{
    private static readonly JsonNode Vectors = JsonNode.Parse(File.ReadAllText("file-vectors.json"))!;

    [Fact]
    public void Records_are_the_same()
    {
        var secret = Vectors.Hex("secret");
        Assert.True(Vectors["records"]!.AsArray().Count >= 5);
        foreach (var vector in Vectors["records"]!.AsArray())
        {
            using var cipher = new ByteCipher(ByteCipher.DeriveKeys(secret, vector!.Of("sender") == "inviter", vector!["channel"]!.GetValue<int>()));
            var record = new byte[ByteCipher.LongestSealed];
            var length = cipher.Seal(vector["number"]!.GetValue<long>(), vector["isEnd"]!.GetValue<bool>(), vector.Hex("plain"), record);
            Assert.Equal(vector.Of("record"), Convert.ToHexStringLower(record.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Frames_are_the_same_in_both_directions()
    {
        Assert.True(Vectors["frames"]!.AsArray().Count >= 14);
        foreach (var vector in Vectors["frames"]!.AsArray())
        {
            var (written, read) = Frame(vector!);
            Assert.Equal(vector!.Of("frame"), Convert.ToHexStringLower(written.ToArray()));
            Assert.Equal((written.Type, written.File), (read.Type, read.File));
        }
    }

    [Fact]
    public async Task What_is_malformed_is_refused()
    {
        foreach (var vector in Vectors["refused"]!.AsArray())
        {
            var reader = new FrameReader((frame, _) =>
            {
                frame.ReadOffer();
                return ValueTask.CompletedTask;
            });
            await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.WriteAsync(vector!.Hex("frame")));
        }
    }

    /// <summary>Writes what a vector says, and reads it, each field compared.</summary>
    private static (FileFrame Written, FileFrame Read) Frame(JsonNode vector)
    {
        var (file, read) = (vector["file"]!.GetValue<uint>(), FileFrame.Read(vector.Hex("frame")));
        switch (vector.Of("says"))
        {
            case "offer":
                var described = new FileDescription(vector.Of("name"), vector.Of("type"), vector["size"]!.GetValue<long>());
                var isLast = vector["isLast"]!.GetValue<bool>();
                Assert.Equal((described, isLast), read.ReadOffer());
                return (FileFrame.Offer(file, described, isLast), read);
            case "accept":
                var (offset, digest) = read.ReadAccept();
                Assert.Equal((vector["offset"]!.GetValue<long>(), vector.Of("digest")), (offset, Convert.ToHexStringLower(digest)));
                return (FileFrame.Accept(file, offset, digest), read);
            case "begin" or "have":
                var type = vector.Of("says") == "begin" ? FileFrameType.Begin : FileFrameType.Have;
                Assert.Equal(vector["offset"]!.GetValue<long>(), read.ReadOffset());
                return (FileFrame.At(type, file, read.ReadOffset()), read);
            case "data":
                return (new FileFrame(FileFrameType.Data, file, vector.Hex("content")), read);
            case "end":
                Assert.Equal(vector.Of("digest"), Convert.ToHexStringLower(read.ReadDigest()));
                return (FileFrame.End(file, read.ReadDigest()), read);
            case "stop":
                Assert.Equal(vector["reason"]!.GetValue<byte>(), (byte)read.ReadReason());
                return (FileFrame.Stop(file, read.ReadReason()), read);
            case var bare:
                return (new FileFrame(Enum.Parse<FileFrameType>(bare, ignoreCase: true), file, default), read);
        }
    }
}
