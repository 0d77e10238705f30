package wirebook.engine.http.server.httpbin;

import java.math.BigInteger;

/**
 * The random numbers that Python's {@code random} gives for a seed: MT19937 (Matsumoto, Nishimura
 * 1998) seeded by an array. httpbin promises the same bytes for the same {@code seed}.
 */
public final class MersenneTwister {
  private static final int N = 624;
  private static final int M = 397;

  private final int[] state = new int[N];
  private int index = N;

  public MersenneTwister(BigInteger seed) {
    BigInteger size = seed.abs();
    int words = Math.max(1, (size.bitLength() + 31) / 32);
    int[] key = new int[words];
    for (int i = 0; i < words; i++) {
      key[i] = size.shiftRight(32 * i).intValue();
    }
    fill(19650218);
    int i = 1;
    int j = 0;
    for (int k = Math.max(N, words); k > 0; k--) {
      state[i] = (state[i] ^ (state[i - 1] ^ (state[i - 1] >>> 30)) * 1664525) + key[j] + j;
      i = next(i);
      j = (j + 1) % words;
    }
    for (int k = N - 1; k > 0; k--) {
      state[i] = (state[i] ^ (state[i - 1] ^ (state[i - 1] >>> 30)) * 1566083941) - i;
      i = next(i);
    }
    state[0] = 0x80000000;
  }

  private void fill(int seed) {
    state[0] = seed;
    for (int i = 1; i < N; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  private int next(int i) {
    if (i + 1 < N) {
      return i + 1;
    }
    state[0] = state[N - 1];
    return 1;
  }

  /** A number of 32 random bits. */
  public int nextInt() {
    if (index >= N) {
      for (int i = 0; i < N; i++) {
        int y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
        state[i] = state[(i + M) % N] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
      }
      index = 0;
    }
    int y = state[index++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  /** From 0 to 255, as {@code randint(0, 255)} draws: nine bits until they are less than 256. */
  public int nextByte() {
    int drawn = nextInt() >>> 23;
    while (drawn > 255) {
      drawn = nextInt() >>> 23;
    }
    return drawn;
  }
}
