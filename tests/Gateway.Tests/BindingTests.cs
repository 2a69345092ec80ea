using System.Globalization;
using System.Reflection;
using Malten.Gateway.Calls;
using Malten.Gateway.Commands;
using Malten.Gateway.Settings;
using Malten.Streams.Limits;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Tests;

/// <summary>What is set is what the options have: code that binds is generated, and passes over in silence what it can't set.</summary>
public sealed class BindingTests
{
    private static readonly Dictionary<string, object> Texts = new()
    {
        ["Malten:TrustedProxies"] = new[] { "10.0.0.0/8", "::1" },
        ["Malten:AllowedOrigins"] = new[] { "https://example.org", "null" },
        ["Malten:Calls:IceServers"] = "turn:turn.example:3478?transport=udp",
        ["Malten:Calls:TurnSecret"] = "0123456789abcdef",
    };

    [Fact]
    public async Task Every_setting_arrives()
    {
        var set = new[]
        {
            Another<GatewayOptions>(GatewayOptions.Section), Another<CapacityOptions>(GatewayOptions.Section),
            Another<ChatOptions>(ChatOptions.Section), Another<CallOptions>(CallOptions.Section),
        };
        await using var host = await GatewayHost.StartAsync(
            [.. set.SelectMany(settings => settings.Values).SelectMany(setting => Arguments(setting.Key, setting.Value))]);
        Arrived<GatewayOptions>(host, set[0]);
        Arrived<CapacityOptions>(host, set[1]);
        Arrived<ChatOptions>(host, set[2]);
        Arrived<CallOptions>(host, set[3]);
    }

    private static Settings Another<T>(string section) where T : new() => new(section,
        Settable<T>().ToDictionary(property => $"{section}:{property.Name}", property => property.GetValue(new T()) switch
        {
            int number => number + 1,
            double number => number / 2,
            _ => Texts[$"{section}:{property.Name}"],
        }));

    private static void Arrived<T>(GatewayHost host, Settings settings) where T : class
    {
        var options = host.Services.GetRequiredService<IOptions<T>>().Value;
        Assert.NotEmpty(settings.Values);
        Assert.All(Settable<T>(), property => Assert.Equal(settings.Values[$"{settings.Section}:{property.Name}"], property.GetValue(options)));
    }

    private static IEnumerable<PropertyInfo> Settable<T>() => typeof(T).GetProperties().Where(property => property.SetMethod?.IsPublic == true);

    private static IEnumerable<string> Arguments(string name, object value) => value is string[] list
        ? list.Select((element, index) => $"--{name}:{index}={element}")
        : [$"--{name}={Convert.ToString(value, CultureInfo.InvariantCulture)}"];

    private sealed record Settings(string Section, Dictionary<string, object> Values);
}
