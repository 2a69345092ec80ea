using System.Buffers;
using Malten.Streams.Bytes;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;

namespace Malten.Grains.Interfaces.Bytes;

/// <summary>
/// A piece of a body on its way between two gateways, in an array of the shared pool. Whoever has used it returns it with
/// <see cref="Clear"/>: what passed through must not stay in memory.
/// </summary>
/// <param name="Buffer">The array; empty where there are no bytes.</param>
/// <param name="Read">How many of its bytes are used, and whether they are the last.</param>
public sealed record BytePiece(byte[] Buffer, BytesRead Read)
{
    private bool _isCleared;

    /// <summary>No more will come.</summary>
    public static BytePiece Cut { get; } = new([], BytesRead.Cut);

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => Buffer.AsSpan(0, Read.Count);

    /// <summary>Overwrites the bytes, and gives the array back to the pool where <paramref name="isUnused"/> by anybody else.</summary>
    public void Clear(bool isUnused)
    {
        if (Buffer.Length == 0) return;
        lock (this)
        {
            if (_isCleared) return;
            _isCleared = true;
            Buffer.AsSpan().Clear(); // all of it: a read that failed may have left bytes that are not counted
        }

        if (isUnused) ArrayPool<byte>.Shared.Return(Buffer);
    }

    /// <summary>Writes what is there, unless it was cleared while it waited to be sent: then that no more will come.</summary>
    internal void Write<TBufferWriter>(ref Writer<TBufferWriter> writer) where TBufferWriter : IBufferWriter<byte>
    {
        lock (this)
        {
            var read = _isCleared ? BytesRead.Cut : Read;
            writer.WriteVarUInt32((uint)read.Count + 1);
            writer.WriteByte((byte)((read.IsEnd ? BytePieceCodec.End : 0) | (read.IsCut ? BytePieceCodec.Cut : 0)));
            writer.Write(Buffer.AsSpan(0, read.Count));
        }
    }
}

/// <summary>
/// Carries <see cref="BytePiece"/> between gateways (Orleans documentation, "Serialization"): into an array of the pool, since a
/// new one for each piece would be all that the collector has to do.
/// </summary>
[RegisterSerializer, RegisterCopier]
internal sealed class BytePieceCodec : IFieldCodec<BytePiece>, IDeepCopier<BytePiece>
{
    internal const byte End = 1;
    internal const byte Cut = 2;

    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type expectedType, BytePiece value)
        where TBufferWriter : IBufferWriter<byte>
    {
        ReferenceCodec.MarkValueField(writer.Session);
        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(BytePiece), WireType.LengthPrefixed);
        value.Write(ref writer);
    }

    public BytePiece ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        ReferenceCodec.MarkValueField(reader.Session);
        field.EnsureWireType(WireType.LengthPrefixed);
        var count = (int)reader.ReadVarUInt32() - 1;
        if (count is < 0 or > ByteLimits.PieceBytes) throw new InvalidDataException("A piece of that length is not read.");
        var flags = reader.ReadByte();
        var buffer = count == 0 ? [] : ArrayPool<byte>.Shared.Rent(count);
        reader.ReadBytes(buffer.AsSpan(0, count));
        return new BytePiece(buffer, new BytesRead(count, (flags & End) != 0, (flags & Cut) != 0));
    }

    public BytePiece DeepCopy(BytePiece input, CopyContext context) => input; // nobody changes it
}
