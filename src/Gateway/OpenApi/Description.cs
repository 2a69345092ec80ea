using System.Text;
using Malten.Gateway.Answers;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Malten.Gateway.OpenApi;

/// <summary>
/// The description of the API, as JSON. It is made once, when somebody asks for it: to make it takes the processor tens of
/// milliseconds, and anybody may ask. Thread-safe.
/// </summary>
/// <remarks>ASP.NET Core documentation, "Generate OpenAPI documents": to be cached, since they are made for each request.</remarks>
internal sealed class Description
{
    /// <summary>The name under which it is registered.</summary>
    public const string Name = "v1";

    private readonly Lazy<Task<byte[]>> _json;

    public Description([FromKeyedServices(Name)] IOpenApiDocumentProvider provider) => _json = new(() => MakeAsync(provider));

    /// <summary>The description as an answer.</summary>
    public async Task<Encoded<OpenApiDocument>> GetAsync() => new(await _json.Value);

    private static async Task<byte[]> MakeAsync(IOpenApiDocumentProvider provider)
    {
        var document = await provider.GetOpenApiDocumentAsync();
        return Encoding.UTF8.GetBytes(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1));
    }
}
