using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Malten.Gateway.Requests;

/// <summary>
/// A request as its endpoint takes it. ASP.NET Core calls the type's <c>BindAsync</c>, and <see cref="Read"/> is also what
/// the description of the API is made from, so no list of parameters exists beside it.
/// </summary>
internal interface IRequest<TSelf> : IEndpointParameterMetadataProvider where TSelf : struct, IRequest<TSelf>
{
    /// <summary>Reads the request. When no optional parameter is given, it must ask for each of them.</summary>
    /// <exception cref="Malten.Streams.Values.StreamRefusedException">A value is missing or outside its limits.</exception>
    static abstract TSelf Read(RequestParameters given);

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AskedParameters(RequestParameters.WhatIsAsked(TSelf.Read)));
}

/// <summary>What an endpoint's request asks for, as metadata of the endpoint.</summary>
internal sealed record AskedParameters(IReadOnlyList<AskedParameter> All);

/// <summary>A parameter as one request asks for it.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="IsRequired">Whether the request is refused without it.</param>
/// <param name="IsRepeatable">Whether it may be given more than once.</param>
/// <param name="IsHeader">Whether it is read from a header instead.</param>
/// <param name="Default">The value that stands for it when it is absent, if one does.</param>
internal sealed record AskedParameter(
    Parameter Parameter, bool IsRequired = false, bool IsRepeatable = false, bool IsHeader = false, object? Default = null);
