// Above 500 lines: one format, whose tables and bit streams nothing else has.
package wirebook.engine.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * Decodes Zstandard (RFC 8878). Written here because the libraries for the JVM bring native code or
 * {@code sun.misc.Unsafe}, which Java 25 complains about on standard error. Dictionaries are not
 * supported: HTTP's {@code zstd} coding has none.
 */
final class ZstdInputStream extends InputStream {
  private static final int MAGIC = 0xFD2FB528;
  private static final int SKIPPABLE = 0x184D2A50;
  private static final int MAX_BLOCK = 128 * 1024;

  /** What the reference decoder accepts unless told otherwise. */
  private static final long MAX_WINDOW = 1L << 27;

  private static final int[] LITERAL_BASE = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64,
    128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536
  };
  private static final int[] LITERAL_BITS = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11,
    12, 13, 14, 15, 16
  };
  private static final int[] MATCH_BASE = {
    3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
    29, 30, 31, 32, 33, 34, 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051,
    4099, 8195, 16387, 32771, 65539
  };
  private static final int[] MATCH_BITS = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
  };
  private static final int[] LITERAL_DEFAULT = {
    4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1,
    -1, -1, -1, -1
  };
  private static final int[] MATCH_DEFAULT = {
    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1
  };
  private static final int[] OFFSET_DEFAULT = {
    1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1
  };

  private final InputStream in;

  // What was decoded: history up to shown, then what was not read yet up to end.
  private byte[] out = new byte[2 * MAX_BLOCK];
  private int shown;
  private int end;

  private boolean inFrame;
  private boolean lastBlock;
  private boolean checked;
  private long window;
  private long frameStart;
  private long shifted;
  private XxHash64 hash = new XxHash64();
  private final int[] repeat = new int[3];
  private Optional<Huffman> huffman = Optional.empty();
  private Optional<Fse> literalTable = Optional.empty();
  private Optional<Fse> offsetTable = Optional.empty();
  private Optional<Fse> matchTable = Optional.empty();

  ZstdInputStream(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (shown == end) {
      if (!more()) {
        return -1;
      }
    }
    int n = Math.min(length, end - shown);
    System.arraycopy(out, shown, into, offset, n);
    shown += n;
    return n;
  }

  private static IOException corrupt(String what) {
    return new IOException("Zstandard: " + what);
  }

  private int next() throws IOException {
    int b = in.read();
    if (b < 0) {
      throw new EOFException("Zstandard: the data ends early");
    }
    return b;
  }

  private long little(int bytes) throws IOException {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (long) next() << (8 * i);
    }
    return value;
  }

  /** Decodes another block; false at the end of everything. */
  private boolean more() throws IOException {
    if (!inFrame) {
      return startFrame();
    }
    if (lastBlock) {
      inFrame = false;
      if (checked && little(4) != (hash.value() & 0xffffffffL)) {
        throw corrupt("wrong checksum");
      }
      return true;
    }
    int header = (int) little(3);
    lastBlock = (header & 1) != 0;
    int size = header >> 3;
    if (size > MAX_BLOCK) {
      throw corrupt("block too large");
    }
    makeRoom();
    int start = end;
    switch (header >> 1 & 3) {
      case 0 -> {
        byte[] raw = block(size);
        System.arraycopy(raw, 0, out, end, size);
        end += size;
      }
      case 1 -> {
        Arrays.fill(out, end, end + size, (byte) next());
        end += size;
      }
      case 2 -> {
        try {
          compressed(block(size));
        } catch (ArrayIndexOutOfBoundsException e) {
          throw new IOException("Zstandard: broken block", e);
        }
      }
      default -> throw corrupt("reserved block type");
    }
    if (checked) {
      hash.update(out, start, end - start);
    }
    return true;
  }

  private byte[] block(int size) throws IOException {
    byte[] bytes = in.readNBytes(size);
    if (bytes.length < size) {
      throw new EOFException("Zstandard: the data ends early");
    }
    return bytes;
  }

  private boolean startFrame() throws IOException {
    int first = in.read();
    if (first < 0) {
      return false;
    }
    int magic = (int) (first | little(3) << 8);
    if ((magic & 0xfffffff0) == SKIPPABLE) {
      in.skipNBytes(little(4));
      return true;
    }
    if (magic != MAGIC) {
      throw corrupt("no magic number");
    }
    int descriptor = next();
    boolean single = (descriptor & 0x20) != 0;
    if ((descriptor & 8) != 0) {
      throw corrupt("reserved bit");
    }
    checked = (descriptor & 4) != 0;
    window = 0;
    if (!single) {
      int b = next();
      long base = 1L << (10 + (b >> 3));
      window = base + base / 8 * (b & 7);
    }
    int[] idSizes = {0, 1, 2, 4};
    if (little(idSizes[descriptor & 3]) != 0) {
      throw corrupt("needs a dictionary");
    }
    int[] contentSizes = {single ? 1 : 0, 2, 4, 8};
    int flag = descriptor >> 6;
    long content = little(contentSizes[flag]) + (flag == 1 ? 256 : 0);
    if (single) {
      window = content;
    }
    if (window < 0 || window > MAX_WINDOW) {
      throw corrupt("window too large");
    }
    window = Math.max(window, 1024);
    inFrame = true;
    lastBlock = false;
    hash = new XxHash64();
    frameStart = shifted + end;
    repeat[0] = 1;
    repeat[1] = 4;
    repeat[2] = 8;
    huffman = Optional.empty();
    literalTable = Optional.empty();
    offsetTable = Optional.empty();
    matchTable = Optional.empty();
    return true;
  }

  /** Makes room for one block behind the window. */
  private void makeRoom() {
    if (out.length - end >= MAX_BLOCK) {
      return;
    }
    int keep = (int) Math.min(window, end);
    if (end - keep >= MAX_BLOCK) {
      System.arraycopy(out, end - keep, out, 0, keep);
      shifted += end - keep;
      end = keep;
      shown = keep;
    }
    if (out.length - end < MAX_BLOCK) {
      out = Arrays.copyOf(out, Math.max(2 * out.length, end + MAX_BLOCK));
    }
  }

  // ---- a compressed block -------------------------------------------------------------------

  private void compressed(byte[] block) throws IOException {
    int pos = 0;
    int b0 = block[pos] & 0xff;
    int type = b0 & 3;
    int format = b0 >> 2 & 3;
    byte[] literals;
    if (type < 2) {
      int bytes = format == 1 ? 2 : format == 3 ? 3 : 1;
      int size = (int) (bits(block, bytes) >> (bytes == 1 ? 3 : 4));
      pos = bytes;
      if (size > MAX_BLOCK) {
        throw corrupt("too many literals");
      }
      literals = new byte[size];
      if (type == 0) {
        System.arraycopy(block, pos, literals, 0, size);
        pos += size;
      } else {
        Arrays.fill(literals, block[pos++]);
      }
    } else {
      int bytes = format < 2 ? 3 : format + 2;
      int width = format < 2 ? 10 : format == 2 ? 14 : 18;
      long header = bits(block, bytes);
      int size = (int) (header >> 4 & ((1 << width) - 1));
      int packed = (int) (header >> (4 + width) & ((1 << width) - 1));
      pos = bytes;
      int stop = pos + packed;
      if (stop > block.length || size > MAX_BLOCK) {
        throw corrupt("literals too long");
      }
      if (type == 2) {
        int[] used = {pos};
        huffman = Optional.of(Huffman.read(block, used, stop));
        pos = used[0];
      }
      Huffman table = huffman.orElseThrow(() -> corrupt("no tree to repeat"));
      literals = new byte[size];
      if (format == 0) {
        table.decode(block, pos, stop, literals, 0, size);
      } else {
        streams(table, block, pos, stop, literals);
      }
      pos = stop;
    }
    sequences(block, pos, literals);
  }

  private static long bits(byte[] block, int bytes) {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (block[i] & 0xffL) << (8 * i);
    }
    return value;
  }

  private static void streams(Huffman table, byte[] block, int start, int stop, byte[] literals)
      throws IOException {
    int part = (literals.length + 3) / 4;
    int at = start + 6;
    for (int i = 0; i < 4; i++) {
      int from = Math.min(literals.length, i * part);
      int count = i < 3 ? Math.min(part, literals.length - from) : literals.length - from;
      int size =
          i < 3
              ? (block[start + 2 * i] & 0xff) | (block[start + 2 * i + 1] & 0xff) << 8
              : stop - at;
      if (size < 0 || at + size > stop) {
        throw corrupt("bad jump table");
      }
      table.decode(block, at, at + size, literals, from, count);
      at += size;
    }
  }

  private void sequences(byte[] block, int start, byte[] literals) throws IOException {
    int pos = start;
    int count = block[pos++] & 0xff;
    if (count == 255) {
      count = (block[pos] & 0xff) + ((block[pos + 1] & 0xff) << 8) + 0x7f00;
      pos += 2;
    } else if (count > 127) {
      count = ((count - 128) << 8) + (block[pos++] & 0xff);
    }
    int literal = 0;
    if (count > 0) {
      int modes = block[pos++] & 0xff;
      if ((modes & 3) != 0) {
        throw corrupt("reserved bits");
      }
      int[] used = {pos};
      literalTable = table(modes >> 6, block, used, literalTable, LITERAL_DEFAULT, 6, 9, 35);
      offsetTable = table(modes >> 4 & 3, block, used, offsetTable, OFFSET_DEFAULT, 5, 8, 31);
      matchTable = table(modes >> 2 & 3, block, used, matchTable, MATCH_DEFAULT, 6, 9, 52);
      Fse lengths = literalTable.orElseThrow();
      Fse offsets = offsetTable.orElseThrow();
      Fse matches = matchTable.orElseThrow();
      Backward stream = new Backward(block, used[0], block.length);
      int lengthState = stream.read(lengths.accuracy);
      int offsetState = stream.read(offsets.accuracy);
      int matchState = stream.read(matches.accuracy);
      for (int i = 0; i < count; i++) {
        int code = offsets.symbol[offsetState];
        int value = (1 << code) + stream.read(code);
        int matchCode = matches.symbol[matchState];
        int match = MATCH_BASE[matchCode] + stream.read(MATCH_BITS[matchCode]);
        int lengthCode = lengths.symbol[lengthState];
        int length = LITERAL_BASE[lengthCode] + stream.read(LITERAL_BITS[lengthCode]);
        if (i < count - 1) {
          lengthState = lengths.next(lengthState, stream);
          matchState = matches.next(matchState, stream);
          offsetState = offsets.next(offsetState, stream);
        }
        copyLiterals(literals, literal, length);
        literal += length;
        copyMatch(offset(value, length), match);
      }
      if (stream.left != 0) {
        throw corrupt("sequences do not end where they should");
      }
    }
    copyLiterals(literals, literal, literals.length - literal);
  }

  private void copyLiterals(byte[] literals, int from, int length) throws IOException {
    if (length < 0 || from + length > literals.length || length > out.length - end) {
      throw corrupt("literals beyond the block");
    }
    System.arraycopy(literals, from, out, end, length);
    end += length;
  }

  private void copyMatch(int offset, int length) throws IOException {
    if (offset <= 0
        || offset > Math.min(end, shifted + end - frameStart)
        || length > out.length - end) {
      throw corrupt("match outside the window");
    }
    for (int i = 0; i < length; i++) {
      out[end] = out[end - offset];
      end++;
    }
  }

  /** RFC 8878, section 3.1.1.5. */
  private int offset(int value, int literals) {
    if (value > 3) {
      repeat[2] = repeat[1];
      repeat[1] = repeat[0];
      repeat[0] = value - 3;
      return repeat[0];
    }
    int index = value - 1 + (literals == 0 ? 1 : 0);
    int offset = index == 3 ? repeat[0] - 1 : repeat[index];
    if (index > 1) {
      repeat[2] = repeat[1];
    }
    if (index > 0) {
      repeat[1] = repeat[0];
      repeat[0] = offset;
    }
    return offset;
  }

  private static Optional<Fse> table(
      int mode,
      byte[] block,
      int[] pos,
      Optional<Fse> previous,
      int[] usual,
      int usualAccuracy,
      int maxAccuracy,
      int maxSymbol)
      throws IOException {
    return Optional.of(
        switch (mode) {
          case 0 -> new Fse(usual, usualAccuracy);
          case 1 -> {
            int symbol = block[pos[0]++] & 0xff;
            if (symbol > maxSymbol) {
              throw corrupt("bad symbol");
            }
            yield new Fse(symbol);
          }
          case 2 -> Fse.read(block, pos, block.length, maxAccuracy, maxSymbol);
          default -> previous.orElseThrow(() -> corrupt("no table to repeat"));
        });
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  // ---- bits and tables ----------------------------------------------------------------------

  /** A bit stream that is read from its end (section 4.1). */
  private static final class Backward {
    private final byte[] bytes;
    private final int start;

    /** Bits that are left; negative when more were read than there are. */
    int left;

    Backward(byte[] bytes, int start, int stop) throws IOException {
      this.bytes = bytes;
      this.start = start;
      if (stop <= start || bytes[stop - 1] == 0) {
        throw corrupt("bit stream without an end mark");
      }
      int mark = 31 - Integer.numberOfLeadingZeros(bytes[stop - 1] & 0xff);
      left = (stop - start - 1) * 8 + mark;
    }

    int read(int n) {
      left -= n;
      return at(left, n);
    }

    int peek(int n) {
      return at(left - n, n);
    }

    private int at(int position, int n) {
      if (position < 0) {
        return position + n <= 0 ? 0 : at(0, position + n) << -position;
      }
      long value = 0;
      int first = position >> 3;
      int last = (position + n + 7) >> 3;
      for (int i = first; i < last; i++) {
        value |= (bytes[start + i] & 0xffL) << (8 * (i - first));
      }
      return (int) (value >> (position & 7) & ((1L << n) - 1));
    }
  }

  /** A table of Finite State Entropy (section 4.1). */
  private static final class Fse {
    final int accuracy;
    final int[] symbol;
    private final int[] bits;
    private final int[] base;

    /** One symbol, always. */
    Fse(int only) {
      accuracy = 0;
      symbol = new int[] {only};
      bits = new int[1];
      base = new int[1];
    }

    Fse(int[] counts, int accuracy) {
      this.accuracy = accuracy;
      int size = 1 << accuracy;
      symbol = new int[size];
      bits = new int[size];
      base = new int[size];
      int[] next = new int[counts.length];
      int high = size;
      for (int s = 0; s < counts.length; s++) {
        if (counts[s] == -1) {
          symbol[--high] = s;
          next[s] = 1;
        }
      }
      int step = (size >> 1) + (size >> 3) + 3;
      int pos = 0;
      for (int s = 0; s < counts.length; s++) {
        if (counts[s] > 0) {
          next[s] = counts[s];
          for (int i = 0; i < counts[s]; i++) {
            symbol[pos] = s;
            do {
              pos = (pos + step) & (size - 1);
            } while (pos >= high);
          }
        }
      }
      for (int i = 0; i < size; i++) {
        int n = next[symbol[i]]++;
        bits[i] = accuracy - (31 - Integer.numberOfLeadingZeros(n));
        base[i] = (n << bits[i]) - size;
      }
    }

    int next(int state, Backward stream) {
      return base[state] + stream.read(bits[state]);
    }

    /** {@code pos[0]} goes on behind the description. */
    static Fse read(byte[] bytes, int[] pos, int stop, int maxAccuracy, int maxSymbol)
        throws IOException {
      Forward in = new Forward(bytes, pos[0], stop);
      int accuracy = in.read(4) + 5;
      if (accuracy > maxAccuracy) {
        throw corrupt("table too precise");
      }
      int[] counts = new int[maxSymbol + 1];
      int left = 1 << accuracy;
      int s = 0;
      while (left > 0) {
        if (s > maxSymbol) {
          throw corrupt("too many symbols");
        }
        int width = 32 - Integer.numberOfLeadingZeros(left + 1);
        int value = in.read(width);
        int lower = (1 << (width - 1)) - 1;
        int threshold = (1 << width) - 1 - (left + 1);
        if ((value & lower) < threshold) {
          in.position--;
          value &= lower;
        } else if (value > lower) {
          value -= threshold;
        }
        int count = value - 1;
        left -= Math.abs(count);
        counts[s++] = count;
        if (count == 0) {
          int zeros = in.read(2);
          s += zeros;
          while (zeros == 3) {
            zeros = in.read(2);
            s += zeros;
          }
        }
      }
      if (left < 0) {
        throw corrupt("bad distribution");
      }
      pos[0] += (in.position + 7) >> 3;
      return new Fse(counts, accuracy);
    }
  }

  private static final class Forward {
    private final byte[] bytes;
    private final int start;
    private final int stop;
    int position;

    Forward(byte[] bytes, int start, int stop) {
      this.bytes = bytes;
      this.start = start;
      this.stop = stop;
    }

    int read(int n) throws IOException {
      int value = 0;
      for (int i = 0; i < n; i++) {
        int at = start + ((position + i) >> 3);
        if (at > stop) {
          throw corrupt("table too short");
        }
        // One bit beyond the end may be looked at and given back.
        int bit = at == stop ? 0 : bytes[at] >> ((position + i) & 7) & 1;
        value |= bit << i;
      }
      position += n;
      return value;
    }
  }

  /** A tree of literals (section 4.2). */
  private static final class Huffman {
    private static final int MAX_BITS = 11;
    private final int depth;
    private final byte[] symbol;
    private final byte[] length;

    private Huffman(int[] weights, int count) throws IOException {
      int sum = 0;
      for (int i = 0; i < count; i++) {
        if (weights[i] > MAX_BITS) {
          throw corrupt("weight too large");
        }
        sum += weights[i] == 0 ? 0 : 1 << (weights[i] - 1);
      }
      if (sum == 0) {
        throw corrupt("tree without symbols");
      }
      depth = 32 - Integer.numberOfLeadingZeros(sum);
      int rest = (1 << depth) - sum;
      if (depth > MAX_BITS || Integer.bitCount(rest) != 1) {
        throw corrupt("bad tree");
      }
      weights[count] = 32 - Integer.numberOfLeadingZeros(rest);
      symbol = new byte[1 << depth];
      length = new byte[1 << depth];
      int pos = 0;
      for (int w = 1; w <= depth; w++) {
        for (int s = 0; s <= count; s++) {
          if (weights[s] == w) {
            int span = 1 << (w - 1);
            Arrays.fill(symbol, pos, pos + span, (byte) s);
            Arrays.fill(length, pos, pos + span, (byte) (depth + 1 - w));
            pos += span;
          }
        }
      }
    }

    static Huffman read(byte[] bytes, int[] pos, int stop) throws IOException {
      int header = bytes[pos[0]++] & 0xff;
      int[] weights = new int[257];
      int count = 0;
      if (header >= 128) {
        count = header - 127;
        for (int i = 0; i < count; i++) {
          int b = bytes[pos[0] + i / 2] & 0xff;
          weights[i] = i % 2 == 0 ? b >> 4 : b & 15;
        }
        pos[0] += (count + 1) / 2;
        return new Huffman(weights, count);
      }
      int end = pos[0] + header;
      if (end > stop) {
        throw corrupt("tree too long");
      }
      Fse table = Fse.read(bytes, pos, end, 6, MAX_BITS + 1);
      Backward in = new Backward(bytes, pos[0], end);
      int[] state = {in.read(table.accuracy), in.read(table.accuracy)};
      int turn = 0;
      while (count < 255) {
        weights[count++] = table.symbol[state[turn]];
        state[turn] = table.next(state[turn], in);
        turn = 1 - turn;
        if (in.left < 0) {
          weights[count++] = table.symbol[state[turn]];
          pos[0] = end;
          return new Huffman(weights, count);
        }
      }
      throw corrupt("too many weights");
    }

    void decode(byte[] bytes, int start, int stop, byte[] into, int from, int count)
        throws IOException {
      Backward in = new Backward(bytes, start, stop);
      for (int i = 0; i < count; i++) {
        int code = in.peek(depth);
        into[from + i] = symbol[code];
        in.left -= length[code];
      }
      if (in.left != 0) {
        throw corrupt("literals do not end where they should");
      }
    }
  }

  /** The checksum of a frame's content: XXH64 with seed 0. */
  private static final class XxHash64 {
    private static final long P1 = 0x9E3779B185EBCA87L;
    private static final long P2 = 0xC2B2AE3D27D4EB4FL;
    private static final long P3 = 0x165667B19E3779F9L;
    private static final long P4 = 0x85EBCA77C2B2AE63L;
    private static final long P5 = 0x27D4EB2F165667C5L;

    /** The first is P1 + P2, without its carry. */
    private final long[] lanes = {0x60EA27EEADC0B5D6L, P2, 0, -P1};

    private final byte[] rest = new byte[32];
    private int waiting;
    private long total;

    void update(byte[] bytes, int offset, int length) {
      total += length;
      for (int i = 0; i < length; i++) {
        rest[waiting++] = bytes[offset + i];
        if (waiting == 32) {
          for (int lane = 0; lane < 4; lane++) {
            lanes[lane] = round(lanes[lane], word(lane * 8, 8));
          }
          waiting = 0;
        }
      }
    }

    private long word(int at, int bytes) {
      long value = 0;
      for (int i = 0; i < bytes; i++) {
        value |= (rest[at + i] & 0xffL) << (8 * i);
      }
      return value;
    }

    private static long round(long lane, long word) {
      return Long.rotateLeft(lane + word * P2, 31) * P1;
    }

    long value() {
      long h = P5;
      if (total >= 32) {
        h =
            Long.rotateLeft(lanes[0], 1)
                + Long.rotateLeft(lanes[1], 7)
                + Long.rotateLeft(lanes[2], 12)
                + Long.rotateLeft(lanes[3], 18);
        for (long lane : lanes) {
          h = (h ^ round(0, lane)) * P1 + P4;
        }
      }
      h += total;
      int at = 0;
      for (; at + 8 <= waiting; at += 8) {
        h = Long.rotateLeft(h ^ round(0, word(at, 8)), 27) * P1 + P4;
      }
      if (at + 4 <= waiting) {
        h = Long.rotateLeft(h ^ word(at, 4) * P1, 23) * P2 + P3;
        at += 4;
      }
      for (; at < waiting; at++) {
        h = Long.rotateLeft(h ^ (rest[at] & 0xffL) * P5, 11) * P1;
      }
      h = (h ^ h >>> 33) * P2;
      h = (h ^ h >>> 29) * P3;
      return h ^ h >>> 32;
    }
  }
}
