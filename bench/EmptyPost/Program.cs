// The least that this web server can do with a post; Malten's POST /messages is compared with it.
var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true); // as Malten does
var app = builder.Build();
app.MapPost("/", () => Results.Ok());
app.Run();
