package wirebook.engine.http.client;

/** Where a call tells what it does. */
public interface CallLog {
  /** What is told. */
  enum Kind {
    TEXT,
    HEADER_IN,
    HEADER_OUT,
    DATA_IN,
    DATA_OUT
  }

  /** Nobody wants to know. */
  CallLog NONE =
      new CallLog() {
        @Override
        public boolean on() {
          return false;
        }

        @Override
        public void log(Kind kind, int call, long connection, String data) {
          // Nobody wants to know.
        }
      };

  /** Whether anything that is told is shown. */
  boolean on();

  /**
   * Takes a line, or bytes that go over the wire.
   *
   * @param connection its number, -1 for none
   * @param data byte text
   */
  void log(Kind kind, int call, long connection, String data);
}
