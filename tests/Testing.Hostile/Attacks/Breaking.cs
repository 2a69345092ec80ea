using System.Text;
using Malten.Testing.Hostile.Malformed;

namespace Malten.Testing.Hostile.Attacks;

/// <summary>Attacks with what is no request.</summary>
internal static class Breaking
{
    private static readonly byte[] Piece = Encoding.ASCII.GetBytes("10000\r\n" + new string('x', 0x10000) + "\r\n");

    public static readonly Attack[] All =
    [
        new("giant-bodies", "bodies without end, in chunks of 64 KB", GiantAsync, 500),
        new("malformed", "requests with something wrong in them", MalformedAsync, 1000),
    ];

    private static Task GiantAsync(Assault assault) => assault.EachAsync(assault.Few, async (connection, _) =>
    {
        await connection.SendAsync(
            "POST /messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", assault.Stop);
        var answered = connection.DrainAsync(assault.Stop);
        for (var piece = 0; piece < 160 && !answered.IsCompleted; piece++) await connection.SendAsync(Piece, assault.Stop);
    });

    private static Task MalformedAsync(Assault assault)
    {
        var fuzzer = new RequestFuzzer("malformed");
        return assault.EachAsync(assault.Few, async (connection, random) =>
        {
            await connection.SendAsync(fuzzer.Next(random), assault.Stop);
            connection.EndSending();
            await connection.DrainAsync(assault.Stop);
        });
    }
}
