using System.Text.Json.Serialization;

namespace Malten.Silo.Clustering;

/// <summary>The JSON of rows.</summary>
[JsonSerializable(typeof(MemberDetails))]
internal sealed partial class MemberJson : JsonSerializerContext;
