using Malten.Gateway.Commands;
using Malten.Gateway.Hosting;
using Malten.Silo;
using Malten.Silo.Clustering;
using Malten.Silo.Hosting;
using Malten.Silo.Lifetime;

if (HealthProbe.IsAsked(args)) return await HealthProbe.RunAsync(args);

using var asked = new StopRequest();
await using var seed = new KeptSeed();
Rejoining rejoining;
int exitCode;
do
{
    var builder = WebApplication.CreateBuilder(args.WithFilesReadOnce());
    builder.AddClusterSettings(args);
    builder.AddGateway();
    builder.AddChatResponder();
    builder.AddCluster(seed);

    await using var app = builder.Build();
    rejoining = app.Services.GetRequiredService<Rejoining>();
    app.MapGateway();
    app.Greet();
    app.LimitStop(rejoining);
    exitCode = await app.RunOrExplainAsync(app.FindOwnAddressAsync, app.HandOverAsync);
}
while (!asked.IsMade && await rejoining.IsDueAsync());

return exitCode;
