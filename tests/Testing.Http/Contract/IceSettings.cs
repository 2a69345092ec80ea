namespace Malten.Testing.Contract;

/// <summary>The settings of calls with which hosts of the contract run.</summary>
public static class IceSettings
{
    /// <summary>What the relay shares with the nodes.</summary>
    public const string Secret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

    /// <summary>The servers that relay.</summary>
    public static readonly string[] Turn = ["turn:turn.test:3478?transport=udp", "turns:turn.test:443?transport=tcp"];

    /// <summary>The servers that only tell an address.</summary>
    public static readonly string[] Stun = ["stun:[2001:db8::1]:3478"];

    /// <summary>The settings, as on the command line.</summary>
    public static readonly string[] Arguments =
        [$"--Malten:Calls:IceServers={string.Join(", ", Turn)}, {string.Join(", ", Stun)}", $"--Malten:Calls:TurnSecret={Secret}"];
}
