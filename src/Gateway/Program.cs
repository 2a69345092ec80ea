using Malten.Gateway.Hosting;

var builder = WebApplication.CreateBuilder(args);
builder.AddGateway();
builder.Services.AddLocalStreams();

var app = builder.Build();
app.MapGateway();
app.Greet();
return await app.RunOrExplainAsync();
