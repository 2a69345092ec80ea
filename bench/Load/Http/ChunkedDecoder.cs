namespace Malten.Bench.Load.Http;

/// <summary>Decodes the chunked transfer coding (RFC 9112, 7.1) in place, however the bytes are split.</summary>
internal struct ChunkedDecoder
{
    private State _state;
    private long _left;
    private bool _blankLine;

    private enum State
    {
        Size,
        Extension,
        Data,
        DataEnd,
        Trailer,
        Ended,
    }

    /// <summary>Whether the last chunk and the trailer have been read.</summary>
    public readonly bool IsEnded => _state == State.Ended;

    /// <summary>Decodes all of <paramref name="raw"/> into its own beginning, and returns the decoded length.</summary>
    /// <exception cref="InvalidDataException">The bytes are not valid chunks.</exception>
    public int Decode(Span<byte> raw)
    {
        var (read, written) = (0, 0);
        while (read < raw.Length)
        {
            if (_state == State.Data)
            {
                var length = (int)Math.Min(_left, raw.Length - read);
                if (read != written) raw.Slice(read, length).CopyTo(raw[written..]);
                (read, written, _left) = (read + length, written + length, _left - length);
                if (_left == 0) _state = State.DataEnd;
                continue;
            }

            Step(raw[read++]);
        }

        return written;
    }

    private void Step(byte next)
    {
        switch (_state)
        {
            case State.Size when next == '\n':
                _blankLine = true;
                _state = _left == 0 ? State.Trailer : State.Data;
                break;
            case State.Size when char.IsAsciiHexDigit((char)next):
                _left = (_left * 16) + HexDigit(next);
                break;
            case State.Size when next == ';':
                _state = State.Extension;
                break;
            case State.Extension when next == '\n':
                _state = State.Size;
                Step(next);
                break;
            case State.DataEnd when next == '\n':
                _state = State.Size;
                break;
            case State.Trailer when next == '\n':
                if (_blankLine) _state = State.Ended;
                _blankLine = true;
                break;
            case State.Trailer when next != '\r':
                _blankLine = false;
                break;
            case State.Extension:
            case State.Trailer:
            case State.Size when next == '\r':
            case State.DataEnd when next == '\r':
                break;
            default:
                throw new InvalidDataException($"byte {next} where a chunk's {_state} was due");
        }
    }

    private static int HexDigit(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
