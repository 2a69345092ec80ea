using Malten.Gateway.Commands;
using Malten.Gateway.Hosting;

var builder = WebApplication.CreateSlimBuilder(args.WithFilesReadOnce());
builder.AddGateway();
builder.Services.AddLocalStreams();
builder.AddChatResponder();

var app = builder.Build();
app.MapGateway();
app.Greet();
return await app.RunOrExplainAsync();
