using System.Web;
using Malten.Client;
using Malten.Samples.BlazorRoom;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.WebAssembly.Hosting;

var builder = WebAssemblyHostBuilder.CreateDefault(args);
builder.RootComponents.Add<Room>("#room");
builder.Services.AddSingleton(services =>
{
    var query = HttpUtility.ParseQueryString(new Uri(services.GetRequiredService<NavigationManager>().Uri).Query);
    return new MaltenClient(query["node"] ?? "http://localhost:9090");
});
await builder.Build().RunAsync();
