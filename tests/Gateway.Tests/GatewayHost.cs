using Malten.Gateway.Commands;
using Malten.Gateway.Hosting;
using Malten.Testing;
using Malten.Testing.Contract;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Gateway.Tests;

/// <summary>The application as <c>Program.cs</c> makes it, in this process: real Kestrel on a free port, a clock that a test moves.</summary>
public sealed class GatewayHost : IContractHost<GatewayHost>
{
    private readonly WebApplication _app;

    private GatewayHost(WebApplication app, FakeTime time) => (_app, Time) = (app, time);

    public IReadOnlyList<Uri> Addresses { get; private set; } = [];

    public FakeTime Time { get; }

    FakeTime? IContractHost<GatewayHost>.Time => Time;

    public IServiceProvider Services => _app.Services;

    public Uri Address => Addresses[0];

    public static ValueTask<GatewayHost> StartAsync() => StartAsync(IceSettings.Arguments);

    /// <summary>Starts with settings as on the command line, <c>--Malten:MaxStreams=1</c>.</summary>
    public static async ValueTask<GatewayHost> StartAsync(string[] settings, Action<WebApplicationBuilder>? configure = null)
    {
        var time = new FakeTime();
        var builder = WebApplication.CreateSlimBuilder([
            "--urls=http://127.0.0.1:0", "--hostBuilder:reloadConfigOnChange=false", "--Malten:DrainSeconds=0",
            "--Malten:PostsPerSecondPerClient=1000000", "--Malten:PostsPerSecondPerClientAndStream=1000000",
            "--Malten:PostBurstPerClientAndStream=1000000", "--Malten:RequestsPerSecondWhenBusy=1000000", .. settings]);
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.AddGateway();
        builder.Services.AddLocalStreams();
        builder.AddChatResponder();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapGateway();
        var host = new GatewayHost(app, time);
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        host.Addresses = [.. app.Urls.Select(url => new Uri(url))];
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
