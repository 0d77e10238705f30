package wirebook.engine.http;

/** Undoes one content coding (RFC 9110, section 8.4.1) as the bytes come. For one thread. */
public interface ContentDecoder extends AutoCloseable {
  /** Gets the plain bytes. */
  interface Sink {
    void data(byte[] bytes, int offset, int length) throws HttpFailure;
  }

  /**
   * Takes coded bytes, and gives what can be said of them now to the sink.
   *
   * @throws HttpFailure when they are not of this coding, or come after its end
   */
  void feed(byte[] bytes, int offset, int length, Sink sink) throws HttpFailure;

  /**
   * There are no more bytes: gives what the decoder still held back. Once, and after it no feed.
   */
  default void finish(Sink sink) throws HttpFailure {}

  @Override
  void close();
}
