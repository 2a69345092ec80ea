using Malten.Gateway.Memory;
using Malten.Streams.Values;

namespace Malten.Gateway.Requests;

/// <summary>The values that a request gave, by name: from the query and from the body, of which the body wins.</summary>
internal sealed class RequestParameters
{
    private readonly List<(string Name, string Value)> _given = [];
    private readonly RequestParameters? _query;
    private readonly IHeaderDictionary? _headers;
    private List<AskedParameter>? _asked;

    private RequestParameters(RequestParameters? query = null, IHeaderDictionary? headers = null) =>
        (_query, _headers) = (query, headers);

    /// <summary>Reads a request: its query and, where there is one, its body.</summary>
    /// <exception cref="StreamRefusedException">Something can't be read as what it claims to be, or is outside its limits.</exception>
    /// <exception cref="BadHttpRequestException">The body is too large or of a type that is not read.</exception>
    public static async ValueTask<T> BindAsync<T>(HttpContext context) where T : struct, IRequest<T>
    {
        var request = context.Request;
        context.RequestServices.GetRequiredService<Forgetting>().Note();
        var given = new RequestParameters(ParseQuery(request), request.Headers);
        await RequestBody.ReadAsync(request, given);
        return T.Read(given);
    }

    /// <summary>Reads the query alone, of a request whose body is no parameters.</summary>
    /// <exception cref="StreamRefusedException">Something can't be read as what it claims to be, or is outside its limits.</exception>
    public static T ReadQuery<T>(HttpContext context) where T : struct, IRequest<T> =>
        T.Read(new RequestParameters(ParseQuery(context.Request), context.Request.Headers));

    /// <summary>The parameters that a request type asks for, recorded by reading a request that gives only the required ones.</summary>
    public static IReadOnlyList<AskedParameter> WhatIsAsked<T>(Func<RequestParameters, T> read)
    {
        var nothing = new RequestParameters { _asked = [] };
        read(nothing);
        return nothing._asked;
    }

    /// <summary>Adds a value that was given. An empty one counts as absent: forms send the fields too that nobody filled in.</summary>
    public void Add(string name, string value)
    {
        if (value.Length > 0) _given.Add((name, value));
    }

    /// <summary>The value of a parameter that must be given.</summary>
    public T Require<T>(Parameter<T> parameter)
    {
        _asked?.Add(new AskedParameter(parameter, IsRequired: true));
        if (Find(parameter) is { } given) return parameter.Read(given.Value, given.Name);
        return _asked is not null
            ? parameter.Read(parameter.Example, parameter.Name)
            : throw new StreamRefusedException(Refusal.BadValue, $"'{parameter.Name}' is missing.", parameter.Name);
    }

    /// <summary>The value of a parameter, or a default when it was not given.</summary>
    public T Get<T>(Parameter<T> parameter, T otherwise)
    {
        _asked?.Add(new AskedParameter(parameter, Default: otherwise));
        return Find(parameter) is { } given ? parameter.Read(given.Value, given.Name) : otherwise;
    }

    /// <summary>The value of a parameter, if it was given.</summary>
    public T? GetOptional<T>(Parameter<T> parameter) where T : struct
    {
        _asked?.Add(new AskedParameter(parameter));
        return Find(parameter) is { } given ? parameter.Read(given.Value, given.Name) : null;
    }

    /// <summary>All values of a parameter that may be repeated.</summary>
    public IReadOnlyList<T> GetAll<T>(Parameter<T> parameter)
    {
        _asked?.Add(new AskedParameter(parameter, IsRepeatable: true));
        var values = ValuesOf(parameter);
        return values.Count == 0 && _query is not null ? _query.ValuesOf(parameter) : values;
    }

    /// <summary>The value of a header, or a default when it was not given or is empty.</summary>
    public T GetHeader<T>(Parameter<T> header, T otherwise)
    {
        _asked?.Add(new AskedParameter(header, IsHeader: true, Default: otherwise));
        var value = _headers?[header.Name].ToString();
        return string.IsNullOrEmpty(value) ? otherwise : header.Read(value, header.Name);
    }

    /// <summary>The stream that the request is about, with the seat from which it is used.</summary>
    public StreamAddress GetAddress() => new(Get(Parameters.Stream, StreamName.Default), GetSeat());

    /// <summary>The seat, if one was given.</summary>
    public string? GetSeat() => Get(Parameters.Seat, null);

    private static RequestParameters? ParseQuery(HttpRequest request)
    {
        if (!request.QueryString.HasValue) return null;
        var query = new RequestParameters();
        UrlEncoded.Parse(request.QueryString.Value.AsSpan(1), query);
        return query;
    }

    private List<T> ValuesOf<T>(Parameter<T> parameter) =>
        [.. _given.Where(given => parameter.IsNamed(given.Name)).Select(given => parameter.Read(given.Value, given.Name))];

    private (string Name, string Value)? Find(Parameter parameter)
    {
        (string Name, string Value)? found = null;
        foreach (var given in _given)
        {
            if (!parameter.IsNamed(given.Name)) continue;
            if (found is not null)
                throw new StreamRefusedException(Refusal.BadValue, $"'{parameter.Name}' is given more than once.", parameter.Name);
            found = given;
        }

        return found ?? _query?.Find(parameter);
    }
}
