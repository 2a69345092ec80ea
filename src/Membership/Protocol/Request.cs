using System.Text.Json.Serialization;

namespace Malten.Membership;

/// <summary>What is asked of an acceptor.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "ask")]
[JsonDerivedType(typeof(Query), "query")]
[JsonDerivedType(typeof(Prepare), "prepare")]
[JsonDerivedType(typeof(Accept), "accept")]
[JsonDerivedType(typeof(Recover), "recover")]
[JsonDerivedType(typeof(Found), "found")]
internal abstract record Request;
