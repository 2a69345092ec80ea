using System.Security.Cryptography;
using System.Text;

namespace Malten.Grains.Replicas;

/// <summary>A hash that is the same in every process.</summary>
internal static class StableHash
{
    public static ulong Of(string text) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
