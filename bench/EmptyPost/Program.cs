// The least that this web server can do with a post: what Malten's POST /messages is compared with.
var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
var app = builder.Build();
app.MapPost("/", () => Results.Ok());
app.Run();
